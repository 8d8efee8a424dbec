import types

import sqlalchemy as sa
from buildbot_quorate import database
from twisted.trial import unittest


def broken(statement, invalidated=True, words='server closed the connection unexpectedly'):
    return sa.exc.OperationalError(statement, {}, Exception(words), connection_invalidated=invalidated)


class Retry(unittest.SynchronousTestCase):
    def test_what_broke_with_its_connection_is_run_again(self):
        self.assertTrue(database.should_retry(lambda e: False, broken('update builds')))
        self.assertFalse(database.should_retry(lambda e: False, broken('update builds', invalidated=False)))
        self.assertTrue(database.should_retry(lambda e: True, broken('update builds', invalidated=False)), 'as stock says')

    def test_what_must_not_happen_twice_is_not_repeated_when_its_commit_broke(self):
        def fails(e):
            def run():
                raise e
            return run
        with self.assertRaises(database.UnknownOutcome):
            database.once(fails(broken(None)))
        with self.assertRaises(sa.exc.OperationalError):
            database.once(fails(broken('insert into buildsets')))

    def test_the_names_of_what_must_not_happen_twice_are_those_of_the_installed_buildbot(self):
        from buildbot.db.buildsets import BuildsetsConnectorComponent
        from buildbot.db.changes import ChangesConnectorComponent
        for component, name in ((BuildsetsConnectorComponent, 'addBuildset'), (ChangesConnectorComponent, 'addChange')):
            self.assertIn(name, component.__dict__)
            self.assertIn(f'{name}.', database.ONCE)

    def test_what_must_not_happen_twice_is_known_inside_of_what_begins_its_transaction(self):
        def thd(conn):
            pass
        thd.__qualname__ = 'BuildsetsConnectorComponent.addBuildset.<locals>.thd'
        self.patch(database.enginestrategy, 'create_engine', database.enginestrategy.create_engine)
        self.patch(database.DBThreadPool, 'do', lambda self, callable, *args: callable)
        database.install()
        self.assertIs(database.DBThreadPool.do(None, print, thd).func, database.once)
        self.assertIs(database.DBThreadPool.do(None, print, 5), print)


class Connecting(unittest.SynchronousTestCase):
    def connect(self, *answers):
        answers, pauses = list(answers), []
        self.patch(database, 'reactor', types.SimpleNamespace(running=True))

        def stock():
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return database.connect(stock, sleep=pauses.append), pauses

    def test_it_waits_until_the_database_can_be_reached(self):
        refused = broken(None, False, 'Connection refused')
        connection, pauses = self.connect(refused, broken(None, False, 'the database system is starting up'), 'connection')
        self.assertEqual(connection, 'connection')
        self.assertEqual(len(pauses), 2)

    def test_a_wrong_password_is_said_at_once(self):
        with self.assertRaises(sa.exc.OperationalError):
            self.connect(broken(None, False, 'FATAL:  password authentication failed for user "buildbot"'))


class Idle(unittest.SynchronousTestCase):
    def take_out(self, idle, lives=True):
        asked = []

        class Cursor:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                pass

            def execute(self, statement):
                asked.append(statement)
                if not lives:
                    raise OSError('server closed the connection unexpectedly')
        connection = types.SimpleNamespace(cursor=Cursor, rollback=lambda: asked.append('rollback'))
        record = types.SimpleNamespace(info={})
        database.put_back(connection, record, clock=lambda: 100.0)
        database.take_out(connection, record, None, clock=lambda: 100.0 + idle)
        return asked

    def test_a_connection_that_was_just_used_is_not_asked_whether_it_lives(self):
        self.assertEqual(self.take_out(0.9 * database.IDLE), [])

    def test_one_that_was_idle_is_asked_and_left_without_a_transaction(self):
        self.assertEqual(self.take_out(1.1 * database.IDLE), ['select 1', 'rollback'])

    def test_one_that_broke_while_it_was_idle_is_replaced(self):
        with self.assertRaises(sa.exc.DisconnectionError):
            self.take_out(1.1 * database.IDLE, lives=False)
