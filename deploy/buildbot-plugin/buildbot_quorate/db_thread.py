"""Runs each update method of Buildbot's data API as a whole on one thread of the database pool.

Such a method writes a row, reads it again and produces an event. Stock hands each of its database calls to a thread of
the pool and waits for the answer in the reactor. Here the method itself runs on that thread: each database call is
done at once, on the method's own connection, and its events are produced in the reactor's thread when the method has
returned.
"""

import functools
import threading

from buildbot.util.pathmatch import Matcher
from twisted.internet import threads
from twisted.python import failure

# update methods (buildbot/data, 3.7 to 4.3) that wait for nothing but the database; in 4.x those of logs wait for a
# compression
UPDATES = (
    'addStep', 'startStep', 'setStepStateString', 'finishStep',
    'setBuildStateString', 'generateNewBuildEvent', 'finishBuild', 'completeBuildRequests')

# of the method that runs on this thread:
#   .postponed   [(function, args)], to be called in the reactor's thread; None where no method runs
#   .known       key → row, see row_cache.py
#   .added       table → {column: value}, which the next UPDATE of that table also writes
#   .connection  its one connection to the database, or None
_local = threading.local()


def install():
    Matcher._compile = compile_once


def compile_once(matcher):
    """Replaces ``Matcher._compile`` (buildbot/util/pathmatch.py, 3.7 to 4.3), which compiles the data API's paths.

    Stock never clears ``_dirty``, so it compiles them at each look-up, and fills the dictionary while other threads may
    read it. This one assigns a complete dictionary, and does so only after a path was added.
    """
    by_length = {}
    for path, endpoint in matcher.iterPatterns():
        by_length.setdefault(len(path), {})[path] = endpoint
    matcher._by_length = by_length
    matcher._dirty = False


def remember(key, row):
    """Keeps a row until this method writes something, or ends. Does nothing outside of such a method."""
    if is_current() and row is not None:
        _local.known[key] = row


def recall(key):
    """Returns the row kept under the key, or None. Only within a method on a database thread."""
    return _local.known.get(key)


def forget():
    """Drops all rows kept by this method: it writes something, which may change what was read."""
    _local.known.clear()


def replace_updates(master):
    """Makes the master's update methods run on database threads."""
    updates = master.data.updates
    for name in filter(functools.partial(hasattr, updates), UPDATES):
        method = getattr(updates, name)
        setattr(updates, name, functools.update_wrapper(functools.partial(run, master, method), method))


def is_current():
    """Returns whether this is a database thread that runs a method."""
    return getattr(_local, 'postponed', None) is not None


def add_to_next_update(table, **values):
    """Adds columns to the next UPDATE that this method sends for the table."""
    _local.added[table] = values


def values_to_add(table):
    """Returns ``{column: value}``, as given to ``add_to_next_update``."""
    return _local.added.get(table, {}) if is_current() else {}


def connection():
    """Returns this method's connection, or None if it has none yet."""
    return _local.connection


def set_connection(connection):
    """Makes the connection this method's own, which closes an earlier one; returns it."""
    _close_connection()
    _local.connection = connection
    return connection


def _close_connection():
    connection, _local.connection = _local.connection, None
    if connection is not None:
        connection.close()


def call_in_reactor(function, *args):
    """Calls the function at once; on a database thread, in the reactor's thread when the method has ended."""
    if is_current():
        _local.postponed.append((function, args))
    else:
        function(*args)


def run(master, method, *args, **kwargs):
    """Runs a method on a database thread; within another such method, at once.

    Returns a Deferred of its result. It fails with the method's own error, after the events before the error are
    produced. It fails with ``RuntimeError`` if the method waits for something else than the database.
    """
    if is_current():
        return method(*args, **kwargs)
    pool, postponed = master.db.pool, []
    d = threads.deferToThreadPool(pool.reactor, pool._pool, run_on_this_thread, postponed, method, args, kwargs)
    return d.addBoth(call_postponed, postponed)


def run_on_this_thread(postponed, method, args, kwargs):
    """Runs a method that returns a Deferred, and returns its result; fills the list ``postponed``."""
    _local.postponed, _local.known, _local.added, _local.connection = postponed, {}, {}, None
    try:
        return result_of(method(*args, **kwargs))
    finally:
        _local.postponed = None
        _close_connection()


def result_of(deferred):
    """Returns the result of a Deferred that has fired, or raises its error; ``RuntimeError`` if it has not fired."""
    results = []
    deferred.addBoth(results.append)
    if not results:
        raise RuntimeError('a method on a database thread waits for something else than the database')
    if isinstance(results[0], failure.Failure):
        results[0].raiseException()
    return results[0]


def call_postponed(result, postponed):
    for function, args in postponed:
        function(*args)
    return result
