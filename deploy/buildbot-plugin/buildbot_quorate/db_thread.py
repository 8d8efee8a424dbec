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
_local = threading.local()


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
    if is_current() and row is not None:
        _local.known[key] = row


def recall(key):
    return _local.known.get(key)


def forget():
    """Something is written: it may change what was read."""
    _local.known.clear()


def replace_updates(master):
    updates = master.data.updates
    for name in filter(functools.partial(hasattr, updates), UPDATES):
        method = getattr(updates, name)
        setattr(updates, name, functools.update_wrapper(functools.partial(run, master, method), method))


def is_current():
    """Whether this is a database thread with a method on it."""
    return getattr(_local, 'postponed', None) is not None


def add_to_next_update(table, **values):
    """To the next update of a row of this table."""
    _local.added[table] = values


def values_to_add(table):
    return _local.added.get(table, {}) if is_current() else {}


def connection():
    """The one of this method, or None."""
    return _local.connection


def set_connection(connection):
    _close_connection()
    _local.connection = connection
    return connection


def _close_connection():
    connection, _local.connection = _local.connection, None
    if connection is not None:
        connection.close()


def call_in_reactor(function, *args):
    """At once; or, for a method on a database thread, when it is over, in the reactor's thread."""
    if is_current():
        _local.postponed.append((function, args))
    else:
        function(*args)


def run(master, method, *args, **kwargs):
    """Deferred of what the method returns."""
    if is_current():
        return method(*args, **kwargs)
    pool, postponed = master.db.pool, []
    d = threads.deferToThreadPool(pool.reactor, pool._pool, run_on_this_thread, postponed, method, args, kwargs)
    return d.addBoth(call_postponed, postponed)


def run_on_this_thread(postponed, method, args, kwargs):
    _local.postponed, _local.known, _local.added, _local.connection = postponed, {}, {}, None
    try:
        return result_of(method(*args, **kwargs))
    finally:
        _local.postponed = None
        _close_connection()


def result_of(deferred):
    results = []
    deferred.addBoth(results.append)
    if not results:
        raise RuntimeError('it waits for something else than the database')
    if isinstance(results[0], failure.Failure):
        results[0].raiseException()
    return results[0]


def call_postponed(result, postponed):
    for function, args in postponed:
        function(*args)
    return result
