"""Writes fewer state strings. A build and each of its steps set several in a second when they begin and end.

A state string that is replaced within 0.1 s is dropped. The last one of a build or a step joins the next UPDATE of its
row.
"""

import inspect

from twisted.internet import defer
from twisted.python import log

from buildbot_quorate import db_thread

DELAY = 0.1  # s
# table → the method that sets its state string, of the data connector and of the database connector (3.7 to 4.3)
SETTERS = {'builds': 'setBuildStateString', 'steps': 'setStepStateString'}
# table, update method that a waiting state string joins, whether that method updates the row by itself
JOINED = (('builds', 'generateNewBuildEvent', False), ('builds', 'finishBuild', True), ('steps', 'finishStep', True))


def install(master):
    """Replaces these update methods of the master's data connector, once, after ``db_thread.replace_updates``."""
    state_strings, updates = StateStrings(master), master.data.updates
    for table, name in SETTERS.items():
        setattr(updates, name, state_strings.setter(table, getattr(updates, name)))
    for table, name, is_update in JOINED:
        setattr(updates, name, state_strings.joined(table, is_update, getattr(updates, name)))


class StateStrings:
    """The state strings of one master that are not written yet, by ``(table, id)``. Runs in the reactor's thread."""

    def __init__(self, master):
        self.master = master
        self.pending = {}  # key → state string
        self.timers = {}  # key → IDelayedCall
        self.writing = {}  # key → Deferred that fires when the state string is written, or cannot be

    def setter(self, table, write):
        """Returns what replaces the update method ``write``: a method that returns at once."""
        bind = inspect.signature(write).bind

        def set_state_string(*args, **kwargs):
            number, state_string = bind(*args, **kwargs).arguments.values()
            self.schedule((table, number), state_string, write)
            return defer.succeed(None)
        return set_state_string

    def joined(self, table, is_update, method):
        """Returns what replaces an update method: it waits for an earlier state string, and writes the last with it."""
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
        """Writes the state string in 0.1 s, unless another replaces it until then."""
        self.pending[key] = state_string
        if key not in self.timers:
            self.timers[key] = self.master.reactor.callLater(DELAY, self.write_pending, key, write)

    def take_pending(self, key):
        """Returns the pending state string, which the caller writes, or None."""
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
            log.err(e, f'quorate: cannot write the state string of {key[0]} {key[1]}')
        finally:
            del self.writing[key]
            done.callback(None)
