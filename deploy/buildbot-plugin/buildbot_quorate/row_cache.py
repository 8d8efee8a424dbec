"""What need not be read again by a method on a database thread: what it has read or written itself, and what never changes.

When a build begins stock reads its buildset twice, when it is complete its buildrequest and its buildset twice each.
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
    _pass_by_caches()
    _use_written_row(BuildsConnectorComponent, 'builds', 'getBuild', 'buildid')
    _use_written_row(StepsConnectorComponent, 'steps', 'getStep', 'stepid')
    _read_once(BuildRequestsConnectorComponent, 'getBuildRequest')
    _read_once(BuildsetsConnectorComponent, 'getBuildset')
    _keep_completed_buildset()
    _read_builders_once()


def replaces_on_db_thread(cls, name):
    """Replaces a method by the decorated function on database threads; it gets the original as its first argument."""
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
    """Buildbot's are the reactor's thread's own."""
    @replaces_on_db_thread(AsyncLRUCache, 'get')
    def get_here(original, self, key, **kwargs):
        return self.miss_fn(key, **kwargs)


def _use_written_row(component, table, name, argument):
    """A row that was just written. Where it cannot be converted it is read."""
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
    """It is read again to tell of its end."""
    @replaces_on_db_thread(BuildsetsConnectorComponent, 'completeBuildset')
    @defer.inlineCallbacks
    def complete_buildset(original, self, bsid, results, complete_at=None):
        key = 'getBuildset', bsid
        row = db_thread.recall(key)
        yield original(bsid, results, complete_at=complete_at)
        if row is not None and complete_at is not None:
            db_thread.remember(key, with_values(row, complete=True, results=results, complete_at=complete_at))


def _read_builders_once():
    """Only its name is asked for on these threads."""
    @replaces_on_db_thread(BuildersConnectorComponent, 'getBuilder')
    @defer.inlineCallbacks
    def get_builder(original, self, builderid):
        rows = self.__dict__.setdefault(BUILDER_ROWS, {})
        if rows.get(builderid) is None:
            rows[builderid] = yield original(builderid)
        return rows[builderid]


def field(row, name):
    """Of a row of Buildbot's: a dictionary in 3.7, an object in 4.x."""
    return row[name] if isinstance(row, dict) else getattr(row, name)


def with_values(row, **values):
    return type(row)(row, **values) if isinstance(row, dict) else dataclasses.replace(row, **values)
