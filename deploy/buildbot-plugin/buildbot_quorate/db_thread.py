"""Buildbot's update methods, each whole on one thread of the database pool.

Such a method writes a row, reads it again and tells of it. Stock goes to a thread and back for each of these; here the method itself
is on that thread, what it asks of the database is done at once, and what it says is said in the reactor's thread when it is over.
"""

import functools
import threading

from buildbot.util.pathmatch import Matcher
from twisted.internet import threads
from twisted.python import failure

# these wait for nothing but the database; those of logs do, for a compression, in 4.x
UPDATES = (
    'addStep', 'startStep', 'setStepStateString', 'finishStep',
    'setBuildStateString', 'generateNewBuildEvent', 'finishBuild', 'completeBuildRequests')

# of a method that is here: .postponed, what it has to say; .known, see row_cache.py; .added, what its updates are to write too;
# .connection, its one to the database
_thread = threading.local()


def install():
    Matcher._compile = compile_once


def compile_once(matcher):
    """Of the paths of the data API. Stock does it at each look, and in steps, so that one thread's look met half of another's."""
    by_length = {}
    for path, endpoint in matcher.iterPatterns():
        by_length.setdefault(len(path), {})[path] = endpoint
    matcher._by_length = by_length
    matcher._dirty = False


def remember(key, row):
    """Until this method writes something else, or ends."""
    if is_here() and row is not None:
        _thread.known[key] = row


def recall(key):
    return _thread.known.get(key)


def forget():
    """Something is written: it may change what was read."""
    _thread.known.clear()


def replace_updates(master):
    updates = master.data.updates
    for name in filter(functools.partial(hasattr, updates), UPDATES):
        method = getattr(updates, name)
        setattr(updates, name, functools.update_wrapper(functools.partial(run, master, method), method))


def is_here():
    """Whether this is a database thread with a method on it."""
    return getattr(_thread, 'postponed', None) is not None


def add(table, **values):
    """To the next update of a row of this table."""
    _thread.added[table] = values


def added(table):
    return _thread.added.get(table, {}) if is_here() else {}


def connection():
    """The one of this method, or None."""
    return _thread.connection


def use(connection):
    _give_back()
    _thread.connection = connection
    return connection


def _give_back():
    connection, _thread.connection = _thread.connection, None
    if connection is not None:
        connection.close()


def later(function, *args):
    """At once; or, for a method on a database thread, when it is over, in the reactor's thread."""
    if is_here():
        _thread.postponed.append((function, args))
    else:
        function(*args)


def run(master, method, *args, **kwargs):
    """Deferred of what the method returns."""
    if is_here():
        return method(*args, **kwargs)
    pool, postponed = master.db.pool, []
    d = threads.deferToThreadPool(pool.reactor, pool._pool, on_thread, postponed, method, args, kwargs)
    return d.addBoth(catch_up, postponed)


def on_thread(postponed, method, args, kwargs):
    _thread.postponed, _thread.known, _thread.added, _thread.connection = postponed, {}, {}, None
    try:
        return now(method(*args, **kwargs))
    finally:
        _thread.postponed = None
        _give_back()


def now(deferred):
    results = []
    deferred.addBoth(results.append)
    if not results:
        raise RuntimeError('it waits for something else than the database')
    if isinstance(results[0], failure.Failure):
        results[0].raiseException()
    return results[0]


def catch_up(result, postponed):
    for function, args in postponed:
        function(*args)
    return result
