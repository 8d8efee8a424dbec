import datetime
import types

from buildbot.db.builders import BuildersConnectorComponent
from buildbot.db.buildrequests import BuildRequestsConnectorComponent
from buildbot.db.builds import BuildsConnectorComponent
from buildbot.db.buildsets import BuildsetsConnectorComponent
from buildbot.db.model import Model
from buildbot.db.steps import StepsConnectorComponent
from buildbot.process.cache import CacheManager
from buildbot.util.lru import AsyncLRUCache
from buildbot_quorate import row_cache
from buildbot_quorate import db_thread
from buildbot_quorate.row_cache import field
from twisted.internet import defer
from twisted.trial import unittest as trial

from tests import fakes

REPLACED = (
    (AsyncLRUCache, 'get'), (BuildsConnectorComponent, 'getBuild'), (StepsConnectorComponent, 'getStep'),
    (BuildRequestsConnectorComponent, 'getBuildRequest'), (BuildsetsConnectorComponent, 'getBuildset'),
    (BuildsetsConnectorComponent, 'completeBuildset'), (BuildersConnectorComponent, 'getBuilder'))
THEN = datetime.datetime(2026, 11, 29, 12, tzinfo=datetime.timezone.utc)


class Row:
    pass


class RowCache(trial.SynchronousTestCase):
    """With Buildbot's own components and tables."""

    def setUp(self):
        for cls, name in REPLACED:
            self.patch(cls, name, getattr(cls, name))
        row_cache.install()
        self.pool = fakes.SqlPool()
        self.master = types.SimpleNamespace(db=types.SimpleNamespace(pool=self.pool), caches=CacheManager(), masterid=3)
        db = types.SimpleNamespace(master=self.master, model=Model, pool=self.pool)
        self.requests = BuildRequestsConnectorComponent(db)
        self.buildsets = BuildsetsConnectorComponent(db)
        self.builders = BuildersConnectorComponent(db)
        self.pool.write(Model.builders, id=4, name='compile', name_hash='x')
        self.pool.write(Model.sourcestamps, id=2, ss_hash='x', repository='', codebase='', project='', created_at=1)
        self.pool.write(Model.buildsets, id=9, submitted_at=1, complete=0, results=-1)
        self.pool.write(Model.buildset_sourcestamps, buildsetid=9, sourcestampid=2)
        for brid, complete in ((18, 1), (19, 0)):
            self.pool.write(
                Model.buildrequests, id=brid, buildsetid=9, builderid=4, submitted_at=1, complete=complete, results=0)
        self.pool.statements.clear()

    def in_method(self, function):
        return self.successResultOf(db_thread.run(self.master, lambda: defer.succeed(function())))

    def statements(self, functions):
        """Returns what each function returned, and how many statements each sent."""
        found = []

        def method():
            for function in functions:
                before = len(self.pool.statements)
                found.append((function(), len(self.pool.statements) - before))
        self.in_method(method)
        return [result for result, _ in found], [count for _, count in found]

    def request(self):
        return db_thread.result_of(self.requests.getBuildRequest(18))

    def buildset(self):
        return db_thread.result_of(self.buildsets.getBuildset(9))

    def complete(self):
        return db_thread.result_of(self.buildsets.completeBuildset(9, 2, complete_at=THEN))

    def test_a_row_is_read_once(self):
        rows, counts = self.statements([self.request, self.buildset, self.request])
        self.assertEqual(counts, [1, 2, 0])
        self.assertEqual(rows[0], rows[2])
        self.assertIsNot(rows[0], rows[2])

    def test_the_next_method_reads_the_row_again(self):
        self.in_method(self.request)
        _, counts = self.statements([self.request])
        self.assertEqual(counts, [1])

    def test_after_a_write_a_row_is_read_again(self):
        _, counts = self.statements([self.request, self.complete, self.request])
        self.assertEqual(counts, [1, 1, 1])

    def test_a_buildset_that_was_completed_here_is_cached_as_it_is_in_the_database(self):
        rows, counts = self.statements([self.buildset, self.complete, self.buildset])
        self.assertEqual(counts, [2, 1, 0])
        self.assertFalse(field(rows[0], 'complete'))
        self.assertEqual(rows[2], self.in_method(self.buildset))
        self.assertEqual((field(rows[2], 'complete'), field(rows[2], 'results')), (True, 2))

    def test_a_builder_whose_name_was_read_is_not_read_again(self):
        def name():
            return field(db_thread.result_of(self.builders.getBuilder(4)), 'name')
        names, counts = self.statements([name, name])
        self.assertEqual((names, counts[1]), (['compile', 'compile'], 0))
        self.assertGreater(counts[0], 0)

    def test_the_caches_of_the_reactor_s_thread_are_left_alone(self):
        row = Row()
        cache = AsyncLRUCache(lambda key: defer.succeed(row))
        self.assertIs(self.in_method(lambda: db_thread.result_of(cache.get(5))), row)
        self.assertEqual(cache.keys(), [])
        self.assertIs(self.successResultOf(cache.get(5)), row)
        self.assertEqual(cache.keys(), [5])

    def test_the_row_that_was_just_written_is_not_read_again_and_no_other_is_taken_for_it(self):
        read = []
        for cls, name in ((BuildsConnectorComponent, 'getBuild'), (StepsConnectorComponent, 'getStep')):
            def stock(self, *args, method=name, **kwargs):
                return defer.succeed(read.append((method, args, kwargs)))
            self.patch(cls, name, stock)
            for convert in ('_builddictFromRow', '_stepdictFromRow', '_model_from_row'):
                if hasattr(cls, convert):
                    self.patch(cls, convert, lambda self, row: {'id': row.id})
        row_cache.install()
        builds, steps = (cls.__new__(cls) for cls in (BuildsConnectorComponent, StepsConnectorComponent))

        def update():
            db_thread.remember(('builds', 7), types.SimpleNamespace(id=7))
            written = db_thread.result_of(builds.getBuild(7))
            builds.getBuild(8)
            steps.getStep(7)
            steps.getStep(buildid=7, name='compile')
            db_thread.forget()
            db_thread.remember(('steps', 7), types.SimpleNamespace(id=7))
            return written, db_thread.result_of(steps.getStep(stepid=7)), db_thread.result_of(builds.getBuild(7))

        self.assertEqual(self.in_method(update), ({'id': 7}, {'id': 7}, None))
        self.assertEqual(read, [
            ('getBuild', (8,), {}), ('getStep', (7,), {}), ('getStep', (), {'buildid': 7, 'name': 'compile'}),
            ('getBuild', (7,), {})])
        self.successResultOf(builds.getBuild(7))
        self.assertEqual(len(read), 5, "the reactor's thread has no row cache")
