"""State strings, of which a build and each step have several a second when they begin and end.

One that stands for a moment only is not written. The last goes with what is written next of the build or the step.
"""

import inspect

from twisted.internet import defer
from twisted.python import log

from buildbot_quorate import db_thread

DELAY = 0.1  # s
# table → the method that sets it, of the data connector and of the database connector
SETTERS = {'builds': 'setBuildStateString', 'steps': 'setStepStateString'}
# those with which it goes, and whether they update the row anyway
JOINED = (('builds', 'generateNewBuildEvent', False), ('builds', 'finishBuild', True), ('steps', 'finishStep', True))


def install(master):
    state_strings, updates = StateStrings(master), master.data.updates
    for table, name in SETTERS.items():
        setattr(updates, name, state_strings.setter(table, getattr(updates, name)))
    for table, name, is_update in JOINED:
        setattr(updates, name, state_strings.joined(table, is_update, getattr(updates, name)))


class StateStrings:
    """Of one master. In the reactor's thread."""

    def __init__(self, master):
        self.master = master
        self.pending = {}  # a table and an id → what is to be written
        self.timers = {}
        self.writing = {}  # → a Deferred of its end

    def setter(self, table, write):
        bind = inspect.signature(write).bind

        def set_state_string(*args, **kwargs):
            number, state_string = bind(*args, **kwargs).arguments.values()
            self.schedule((table, number), state_string, write)
            return defer.succeed(None)
        return set_state_string

    def joined(self, table, is_update, method):
        bind = inspect.signature(method).bind

        @defer.inlineCallbacks
        def update(*args, **kwargs):
            number = next(iter(bind(*args, **kwargs).arguments.values()))
            yield self.writing.get((table, number))
            state_string = self.take_pending((table, number))
            if state_string is None:
                return (yield method(*args, **kwargs))

            @defer.inlineCallbacks
            def both():
                if is_update:
                    db_thread.add_to_next_update(table, state_string=state_string)
                else:
                    yield getattr(getattr(self.master.db, table), SETTERS[table])(number, state_string)
                return (yield method(*args, **kwargs))
            return (yield db_thread.run(self.master, both))
        return update

    def schedule(self, key, state_string, write):
        self.pending[key] = state_string
        if key not in self.timers:
            self.timers[key] = self.master.reactor.callLater(DELAY, self.write_pending, key, write)

    def take_pending(self, key):
        timer = self.timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        return self.pending.pop(key, None)

    @defer.inlineCallbacks
    def write_pending(self, key, write):
        del self.timers[key]
        state_string = self.pending.pop(key)
        if key in self.writing:  # the database is slow
            self.schedule(key, state_string, write)
            return
        done = self.writing[key] = defer.Deferred()
        try:
            yield write(key[1], state_string)
        except Exception as e:
            log.err(e, f'quorate: the state string of {key} is not written')
        finally:
            del self.writing[key]
            done.callback(None)
