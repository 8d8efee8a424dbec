"""Buildbot's update methods, each whole on one thread of the database pool.

Such a method writes a row, reads it again and tells of it. Stock goes to a thread and back for each of these; here the method itself
is on that thread, what it asks of the database is done at once, and what it says is said in the reactor's thread when it is over.
"""

import functools
import threading

from buildbot.db.builds import BuildsConnectorComponent
from buildbot.db.steps import StepsConnectorComponent
from buildbot.util.lru import AsyncLRUCache
from buildbot.util.pathmatch import Matcher
from twisted.internet import defer
from twisted.internet import threads
from twisted.python import failure

# these wait for nothing but the database; those of logs do, for a compression, in 4.x
UPDATES = (
    'addStep', 'startStep', 'setStepStateString', 'finishStep',
    'setBuildStateString', 'generateNewBuildEvent', 'finishBuild', 'completeBuildRequests')

NOTHING = None, None
_thread = threading.local()  # of a method that is here: .postponed, what it has to say; .written, a table and its row


def install():
    get = AsyncLRUCache.get

    @functools.wraps(get)
    def get_here(self, key, **kwargs):
        # Buildbot's caches are the reactor's thread's own
        return self.miss_fn(key, **kwargs) if is_here() else get(self, key, **kwargs)
    AsyncLRUCache.get = get_here
    Matcher._compile = compile_once
    read_once(BuildsConnectorComponent, 'builds', 'getBuild', 'buildid')
    read_once(StepsConnectorComponent, 'steps', 'getStep', 'stepid')


def compile_once(matcher):
    """Of the paths of the data API. Stock does it at each look, and in steps, so that one thread's look met half of another's."""
    by_length = {}
    for path, endpoint in matcher.iterPatterns():
        by_length.setdefault(len(path), {})[path] = endpoint
    matcher._by_length = by_length
    matcher._dirty = False


def read_once(component, table, name, argument):
    """A row that a method on a database thread has just written it need not read. Where it cannot be converted it is read."""
    get = getattr(component, name)
    names = ('_builddictFromRow', '_stepdictFromRow', '_model_from_row')  # the last in 4.x
    converted = next((getattr(component, n) for n in names if hasattr(component, n)), None)
    if converted is None:
        return

    @functools.wraps(get)
    def get_written(self, *args, **kwargs):
        written, row = getattr(_thread, 'written', NOTHING)
        if written == table and row.id == (args[0] if args else kwargs.get(argument)):
            return defer.succeed(converted(self, row))
        return get(self, *args, **kwargs)
    setattr(component, name, get_written)


def keep(table, row):
    """The row of this table that was written last."""
    if is_here() and row is not None:
        _thread.written = table, row


def replace_updates(master):
    updates = master.data.updates
    for name in filter(functools.partial(hasattr, updates), UPDATES):
        setattr(updates, name, functools.partial(run, master, getattr(updates, name)))


def is_here():
    """Whether this is a database thread with a method on it."""
    return getattr(_thread, 'postponed', None) is not None


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
    _thread.postponed = postponed
    try:
        return now(method(*args, **kwargs))
    finally:
        _thread.postponed, _thread.written = None, NOTHING


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
