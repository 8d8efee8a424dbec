"""State strings, of which a build and each step have several a second when they begin and end.

One that stands for a moment only is not written. The last goes with what is written next of the build or the step.
"""

import inspect

from twisted.internet import defer
from twisted.python import log

from buildbot_quorate import db_thread

MOMENT = 0.1  # s
# table → the method that sets it, of the data connector and of the database connector
SETTERS = {'builds': 'setBuildStateString', 'steps': 'setStepStateString'}
# those with which it goes, and whether they update the row anyway
OTHERS = (('builds', 'generateNewBuildEvent', False), ('builds', 'finishBuild', True), ('steps', 'finishStep', True))


def install(master):
    states, updates = States(master), master.data.updates
    for table, name in SETTERS.items():
        setattr(updates, name, states.setter(table, getattr(updates, name)))
    for table, name, is_update in OTHERS:
        setattr(updates, name, states.other(table, is_update, getattr(updates, name)))


class States:
    """Of one master. In the reactor's thread."""

    def __init__(self, master):
        self.master = master
        self.strings = {}  # a table and an id → what is to be written
        self.timers = {}
        self.writing = {}  # → a Deferred of its end

    def setter(self, table, write):
        bind = inspect.signature(write).bind

        def set_state_string(*args, **kwargs):
            number, string = bind(*args, **kwargs).arguments.values()
            self.put((table, number), string, write)
            return defer.succeed(None)
        return set_state_string

    def other(self, table, is_update, method):
        bind = inspect.signature(method).bind

        @defer.inlineCallbacks
        def update(*args, **kwargs):
            number = next(iter(bind(*args, **kwargs).arguments.values()))
            yield self.writing.get((table, number))
            string = self.take((table, number))
            if string is None:
                return (yield method(*args, **kwargs))

            @defer.inlineCallbacks
            def both():
                if is_update:
                    db_thread.add(table, state_string=string)
                else:
                    yield getattr(getattr(self.master.db, table), SETTERS[table])(number, string)
                return (yield method(*args, **kwargs))
            return (yield db_thread.run(self.master, both))
        return update

    def put(self, key, string, write):
        self.strings[key] = string
        if key not in self.timers:
            self.timers[key] = self.master.reactor.callLater(MOMENT, self.flush, key, write)

    def take(self, key):
        timer = self.timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        return self.strings.pop(key, None)

    @defer.inlineCallbacks
    def flush(self, key, write):
        del self.timers[key]
        string = self.strings.pop(key)
        if key in self.writing:  # the database is slow
            self.put(key, string, write)
            return
        done = self.writing[key] = defer.Deferred()
        try:
            yield write(key[1], string)
        except Exception as e:
            log.err(e, f'quorate: the state string of {key} is not written')
        finally:
            del self.writing[key]
            done.callback(None)
