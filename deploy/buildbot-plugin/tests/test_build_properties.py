import types

import sqlalchemy as sa
from buildbot.db.model import Model
from buildbot.process.properties import Properties
from buildbot.process.results import EXCEPTION
from buildbot.process.results import SUCCESS
from buildbot_quorate import build_properties
from twisted.internet import defer
from twisted.trial import unittest as trial


class SettingProperties(trial.SynchronousTestCase):
    def setUp(self):
        self.engine = sa.create_engine('sqlite://', poolclass=sa.pool.StaticPool)
        self.table = Model.build_properties
        with self.engine.begin() as connection:
            connection.execute(sa.text(
                'create table build_properties (buildid integer, name varchar(256), value text, source varchar(256))'))
        self.commits = 0
        sa.event.listen(self.engine, 'commit', self.committed)
        self.events = []
        builds = types.SimpleNamespace(
            db=types.SimpleNamespace(model=types.SimpleNamespace(build_properties=self.table)),
            checkLength=lambda *_: None)
        self.master = types.SimpleNamespace(
            data=types.SimpleNamespace(
                rtypes=types.SimpleNamespace(property=types.SimpleNamespace(
                    generateUpdateEvent=lambda buildid, changed: self.events.append((buildid, changed))))),
            db=types.SimpleNamespace(builds=builds, pool=types.SimpleNamespace(do=self.do)))
        self.given = {}

    def committed(self, _):
        self.commits += 1

    def do(self, function, *args):
        with self.engine.connect() as connection:
            return defer.succeed(function(connection, *args))

    def rows(self):
        with self.engine.connect() as connection:
            rows = list(connection.execute(self.table.select()))
        found = {(row.buildid, row.name): (row.value, row.source) for row in rows}
        self.assertEqual(len(found), len(rows), 'no name twice')
        return found

    def set(self, buildid, **values):
        given = self.given.setdefault(buildid, Properties())
        for name, value in values.items():
            given.setProperty(name, value, 'test')
        build = types.SimpleNamespace(getProperties=lambda: given)
        self.successResultOf(build_properties.set_build_properties(self.master, buildid, build))

    def test_all_new_and_changed_properties_are_written_in_one_transaction_with_one_event(self):
        self.set(7, branch='main', jobs=4, flags=['a', None])
        self.assertEqual(self.rows(), {
            (7, 'branch'): ('"main"', 'test'), (7, 'jobs'): ('4', 'test'), (7, 'flags'): ('["a", null]', 'test')})
        self.set(7, branch='main', jobs=8, flags=['a', None], got='r1')
        self.set(8, branch='other')

        self.assertEqual(self.rows(), {
            (7, 'branch'): ('"main"', 'test'), (7, 'jobs'): ('8', 'test'), (7, 'flags'): ('["a", null]', 'test'),
            (7, 'got'): ('"r1"', 'test'), (8, 'branch'): ('"other"', 'test')})
        self.assertEqual(self.events[1], (7, {'jobs': (8, 'test'), 'got': ('r1', 'test')}))
        self.assertEqual(self.commits, 3)

    def test_unchanged_properties_are_not_written_and_produce_no_event(self):
        self.set(7, branch='main', flags=['a'])
        commits, events = self.commits, list(self.events)
        self.set(7)
        self.assertEqual((self.commits, self.events), (commits, events))
        self.given[7].getProperty('flags').append('b')  # changed in place
        self.set(7)
        self.assertEqual(self.events[-1], (7, {'flags': (['a', 'b'], 'test')}))

    def test_only_the_changed_ones_of_existing_properties_are_written_and_produced(self):
        self.set(7, branch='main', jobs=4)
        self.given[7].__dict__[build_properties.WRITTEN].pop('jobs')  # as if another had written it
        self.set(7, branch='main', jobs=8)
        self.assertEqual(self.rows(), {(7, 'branch'): ('"main"', 'test'), (7, 'jobs'): ('8', 'test')})
        self.assertEqual(self.events[1:], [(7, {'jobs': (8, 'test')})])

    def test_properties_that_could_not_be_written_are_tried_again(self):
        do, self.master.db.pool.do = self.master.db.pool.do, lambda *_: defer.fail(OSError('fenced'))
        given = self.given[7] = Properties(branch='main')
        build = types.SimpleNamespace(getProperties=lambda: given)
        self.failureResultOf(build_properties.set_build_properties(self.master, 7, build), OSError)
        self.master.db.pool.do = do
        # as if the first try had been committed after all
        self.do(build_properties.insert_autocommitted, self.table, 7, {'branch': ('"main"', 'test')})
        self.set(7)
        self.assertEqual(list(self.rows()), [(7, 'branch')])

    def test_a_second_try_whose_first_one_was_committed_changes_nothing(self):
        first = [True]
        for _ in range(2):
            self.do(build_properties.write_changed, self.master.db.builds, 7, {'branch': ('"main"', 'test')}, first)
        self.assertEqual(self.rows(), {(7, 'branch'): ('"main"', 'test')})

    def test_the_replaced_method_is_an_update_method_of_the_installed_buildbot(self):
        from buildbot.data.properties import Properties as Resource
        self.assertTrue(Resource.setBuildProperties.isUpdateMethod)
        self.assertTrue(callable(Resource.generateUpdateEvent))
        self.assertEqual(Resource.name, 'property')

    def test_a_property_that_is_too_long_for_its_column_ends_its_build_as_an_exception_and_costs_no_other(self):
        given = Properties()
        given.setProperty('x' * 257, 1, 'test')
        given.setProperty('fine', 2, 'test')
        given.setProperty('far', 3, 's' * 300)
        build = types.SimpleNamespace(getProperties=lambda: given, results=SUCCESS, text=[])
        for _ in range(2):
            self.successResultOf(build_properties.set_build_properties(self.master, 7, build))
        self.assertEqual(self.rows(), {(7, 'fine'): ('2', 'test')})
        self.assertEqual(build.results, EXCEPTION)
        self.assertEqual(len(build.text), 2)
        self.assertIn("the name is longer than its column", build.text[0])
        self.assertIn("the source 'sssss", build.text[1])
