"""A row cache for each method on a database thread. It holds the rows that the method has read or written.

When a build begins, stock reads its buildset twice; when the build is complete, its buildrequest and its buildset twice
each. Builders are kept for longer, since a builder's name never changes.
"""

import copy
import dataclasses
import functools

from buildbot.db.builders import BuildersConnectorComponent
from buildbot.db.buildrequests import BuildRequestsConnectorComponent
from buildbot.db.builds import BuildsConnectorComponent
from buildbot.db.buildsets import BuildsetsConnectorComponent
from buildbot.db.steps import StepsConnectorComponent
from buildbot.util.lru import AsyncLRUCache
from twisted.internet import defer

from buildbot_quorate import db_thread

BUILDER_ROWS = '_quorate_builders'  # attribute of Buildbot's builders component: builderid → row


def install():
    """Replaces methods of Buildbot's database components; off the database threads they behave as stock."""
    _pass_by_caches()
    _use_written_row(BuildsConnectorComponent, 'builds', 'getBuild', 'buildid')
    _use_written_row(StepsConnectorComponent, 'steps', 'getStep', 'stepid')
    _read_once(BuildRequestsConnectorComponent, 'getBuildRequest')
    _read_once(BuildsetsConnectorComponent, 'getBuildset')
    _keep_completed_buildset()
    _read_builders_once()


def replaces_on_db_thread(cls, name):
    """Replaces a method on database threads by the decorated function, whose first argument is the original."""
    def replace(function):
        original = getattr(cls, name)

        @functools.wraps(original)
        def method(self, *args, **kwargs):
            if db_thread.is_current():
                return function(functools.partial(original, self), self, *args, **kwargs)
            return original(self, *args, **kwargs)
        setattr(cls, name, method)
        return function
    return replace


def _pass_by_caches():
    """Buildbot's caches (buildbot/util/lru.py) are not thread-safe: only the reactor's thread uses them."""
    @replaces_on_db_thread(AsyncLRUCache, 'get')
    def get_uncached(original, self, key, **kwargs):
        return self.miss_fn(key, **kwargs)


def _use_written_row(component, table, name, argument):
    """Returns the row that this method just wrote, if it did. A row that cannot be converted is read, as in stock."""
    names = ('_builddictFromRow', '_stepdictFromRow', '_model_from_row')  # the last in 4.x
    converted = next((getattr(component, n) for n in names if hasattr(component, n)), None)
    if converted is None:
        return

    @replaces_on_db_thread(component, name)
    def get_written(original, self, *args, **kwargs):
        row = db_thread.recall((table, args[0] if args else kwargs.get(argument)))
        return original(*args, **kwargs) if row is None else defer.succeed(converted(self, row))


def _read_once(component, name):
    @replaces_on_db_thread(component, name)
    def get_once(original, self, number):
        row = db_thread.recall((name, number))
        if row is not None:
            return defer.succeed(copy.copy(row))
        return original(number).addCallback(remember_row, (name, number))


def remember_row(row, key):
    db_thread.remember(key, row)
    return copy.copy(row)


def _keep_completed_buildset():
    """Stock reads the buildset again for the event of its completion."""
    @replaces_on_db_thread(BuildsetsConnectorComponent, 'completeBuildset')
    @defer.inlineCallbacks
    def complete_buildset(original, self, bsid, results, complete_at=None):
        key = 'getBuildset', bsid
        row = db_thread.recall(key)
        yield original(bsid, results, complete_at=complete_at)
        if row is not None and complete_at is not None:
            db_thread.remember(key, with_values(row, complete=True, results=results, complete_at=complete_at))


def _read_builders_once():
    """Keeps builders for as long as the process lives: methods on database threads use only a builder's name."""
    @replaces_on_db_thread(BuildersConnectorComponent, 'getBuilder')
    @defer.inlineCallbacks
    def get_builder(original, self, builderid):
        rows = self.__dict__.setdefault(BUILDER_ROWS, {})
        if rows.get(builderid) is None:
            rows[builderid] = yield original(builderid)
        return rows[builderid]


def field(row, name):
    """Returns a field of a row of Buildbot's database components, which is a dictionary in 3.7 and an object in 4.x."""
    return row[name] if isinstance(row, dict) else getattr(row, name)


def with_values(row, **values):
    """Returns a copy of such a row with other values."""
    return type(row)(row, **values) if isinstance(row, dict) else dataclasses.replace(row, **values)
