import functools
import importlib
import inspect
import types

import sqlalchemy as sa
from buildbot.db.model import Model
from buildbot.db.pool import DBThreadPool
from buildbot_quorate import db_pool
from buildbot_quorate import db_session
from buildbot_quorate import db_thread
from twisted.internet import defer
from twisted.trial import unittest as trial

from tests import fakes


def broken(statement, invalidated=True, words='server closed the connection unexpectedly'):
    return sa.exc.OperationalError(statement, {}, Exception(words), connection_invalidated=invalidated)


class Retry(trial.SynchronousTestCase):
    def test_a_statement_that_failed_with_its_connection_is_run_again(self):
        self.assertTrue(db_pool.should_retry(lambda e: False, broken('update builds')))
        self.assertFalse(db_pool.should_retry(lambda e: False, broken('update builds', invalidated=False)))
        self.assertTrue(db_pool.should_retry(lambda e: True, broken('update builds', invalidated=False)), 'as stock')

    def test_a_statement_that_failed_for_a_transient_reason_is_run_again(self):
        for pgcode, again in (
                ('53100', True), ('40P01', True), ('55P03', True), ('57P01', True), ('57014', False), (None, False)):
            e = broken('insert into steps', invalidated=False)
            e.orig.pgcode = pgcode
            self.assertEqual(db_pool.should_retry(lambda e: False, e), again, pgcode)

    def test_an_insert_that_must_not_happen_twice_is_not_repeated_when_its_commit_broke(self):
        def fails(e):
            def run():
                raise e
            return run
        with self.assertRaises(db_pool.UnknownOutcome):
            db_pool.never_repeated(fails(broken(None)))
        with self.assertRaises(sa.exc.OperationalError):
            db_pool.never_repeated(fails(broken('insert into buildsets')))

    def test_the_methods_that_must_not_happen_twice_exist_in_the_installed_buildbot(self):
        from buildbot.db.buildsets import BuildsetsConnectorComponent
        from buildbot.db.changes import ChangesConnectorComponent
        for component, name in ((BuildsetsConnectorComponent, 'addBuildset'), (ChangesConnectorComponent, 'addChange')):
            self.assertIn(name, component.__dict__)
            self.assertIn(name, db_pool.NEVER_TWICE)

    def test_a_method_that_must_not_happen_twice_is_recognized_by_the_name_of_its_inner_function(self):
        def thd(conn):
            pass
        thd.__qualname__ = 'BuildsetsConnectorComponent.addBuildset.<locals>.thd'
        self.assertIs(db_pool.adapt(print, thd).func, db_pool.never_repeated)
        self.assertIs(db_pool.adapt(print, 5), print)


class Driver:
    closed = False
    autocommit = False


class Autocommit(trial.SynchronousTestCase):
    def setUp(self):
        self.driver = Driver()
        self.connection = types.SimpleNamespace(
            dialect=types.SimpleNamespace(name='postgresql'),
            connection=types.SimpleNamespace(dbapi_connection=self.driver))

    @staticmethod
    def named(thd, method):
        thd.__qualname__ = f'BuildsConnectorComponent.{method}.<locals>.thd'
        return thd

    def test_a_method_that_only_reads_or_writes_once_runs_without_a_transaction(self):
        for method, autocommit in (
                ('_getBuild', True), ('getBuildRequest', True), ('getBuilds', False), ('addBuild', True),
                ('addBuildset', False), ('completeBuildRequests', False)):
            thd = self.named(lambda connection, buildid: (self.driver.autocommit, buildid), method)
            self.assertEqual(db_pool.adapt(thd, 7)(self.connection, 7), (autocommit, 7))
            self.assertFalse(self.driver.autocommit)

    def test_the_next_user_of_the_connection_has_a_transaction_also_after_an_error(self):
        def thd(connection):
            raise OSError('epoch 7 is over')
        with self.assertRaises(OSError):
            db_pool.adapt(self.named(thd, '_getBuild'))(self.connection)
        self.assertFalse(self.driver.autocommit)

    def test_a_connection_that_broke_is_left_alone(self):
        def thd(connection):
            self.driver.closed = True
            raise OSError('server closed the connection')
        with self.assertRaises(OSError):
            db_pool.adapt(self.named(thd, '_getBuild'))(self.connection)
        self.assertTrue(self.driver.autocommit)

    def test_an_update_keeps_its_row_for_the_event_about_it(self):
        table = Model.builds
        row, executed = types.SimpleNamespace(id=7), []

        def execute(statement, *args, **values):
            executed.append((str(statement), values))
            return types.SimpleNamespace(fetchone=lambda: row)
        self.connection.execute = execute
        kept = []
        self.patch(db_pool.db_thread, 'remember', lambda *written: kept.append(written))

        def thd(connection):
            connection.execute(sa.update(table).where(table.c.id == 7), results=0)
        self.named(thd, 'finishBuild')
        db_pool.adapt(thd)(self.connection)
        self.assertIn('RETURNING builds.id', executed[0][0])
        self.assertEqual(executed[0][1], {'results': 0})
        self.assertEqual(kept, [(('builds', 7), row)])

    def test_values_that_were_added_to_an_update_are_written_with_it_and_not_in_another_table(self):
        added = {'builds': {'state_string': 'done'}, 'steps': {}}
        self.patch(db_pool.db_thread, 'values_to_add', added.get)
        executed = []

        def execute(statement, values):
            postgresql = sa.dialects.postgresql.dialect()
            executed.append(statement.compile(dialect=postgresql, column_keys=list(values)).params.keys())
            return types.SimpleNamespace(fetchone=lambda: None)
        self.connection.execute = execute
        connection = db_pool.ReturningConnection(self.connection)
        connection.execute(sa.update(Model.builds).where(Model.builds.c.id == 7), {'results': 0})
        connection.execute(sa.update(Model.steps).where(Model.steps.c.id == 7), {'results': 0})
        self.assertEqual(executed, [{'state_string', 'results', 'id_1'}, {'results', 'id_1'}])

    def test_an_insert_keeps_its_row_and_returns_its_key(self):
        row = types.SimpleNamespace(id=5)

        def execute(statement, *args):
            if 'RETURNING' in str(statement):
                return types.SimpleNamespace(fetchone=lambda: row)
            return types.SimpleNamespace(scalar=lambda: 3)
        self.connection.execute = execute
        connection = db_pool.ReturningConnection(self.connection)
        self.assertEqual(connection.execute(sa.select(sa.func.max(Model.steps.c.number))).scalar(), 3)
        self.assertEqual(connection.execute(Model.steps.insert(), {'name': 'ls'}).inserted_primary_key, (5,))
        self.assertEqual(connection.written, ('steps', row))

    def test_the_methods_without_a_transaction_are_reads_or_one_write_in_the_installed_buildbot(self):
        found = {}
        for name in ('builds', 'builders', 'buildrequests', 'buildsets', 'sourcestamps', 'changes', 'steps', 'logs'):
            for cls in vars(importlib.import_module(f'buildbot.db.{name}')).values():
                for method in vars(cls).values() if isinstance(cls, type) else ():
                    method = inspect.unwrap(getattr(method, 'method', method))  # .method: that of a cached one
                    if inspect.isfunction(method):
                        found.update((nested_code.co_qualname, nested_code) for nested_code in nested(method.__code__))

        def sources(methods):
            codes = {name: inspect.getsource(code_object) for name, code_object in found.items()
                     if db_pool.kind(types.SimpleNamespace(__qualname__=name)) is methods}
            self.assertEqual({name.split('.')[1] for name in codes}, set(methods))
            return codes.items()
        for name, source in sources(db_pool.READS):
            self.assertNotRegex(source, r'begin|\.insert\(|\.delete\(|\.update\(', name)
        for name, source in (*sources(db_pool.WRITES), *sources(db_pool.WRITES_WITH_EVENT)):
            self.assertNotRegex(source, r'begin|\.delete\(', name)
            if 'insert' in source:  # it may be tried again; all that it reads before is the next number
                self.assertRegex(source, r'func.max\(tbl.c.number\)', name)
                self.assertNotRegex(source, r'\.update\(', name)
            else:
                self.assertNotRegex(source, r'\.select\(', name)
                self.assertEqual(source.count('conn.execute(') - source.count('else:'), 1, name)


def nested(code_object):
    for constant in code_object.co_consts:
        if inspect.iscode(constant):
            yield constant
            yield from nested(constant)


class DoHere(trial.SynchronousTestCase):
    def test_the_installed_buildbot_s_pool_is_given_the_arguments_in_its_own_way(self):
        pool = DBThreadPool(sa.create_engine('sqlite://'), types.SimpleNamespace(callWhenRunning=lambda start: None))

        def thd(connection, *args, **kwargs):
            return connection.execute(sa.text('select 7')).scalar(), args, kwargs

        def here(*args, **kwargs):
            return db_thread.run_on_this_thread([], db_pool.do_here, (pool, thd, *args), kwargs)
        self.assertEqual(here(1, 2, word='three'), (7, (1, 2), {'word': 'three'}))
        self.assertEqual(here(), (7, (), {}))


class Connecting(trial.SynchronousTestCase):
    def connect(self, *answers):
        answers, pauses = list(answers), []
        self.patch(db_pool, 'reactor', types.SimpleNamespace(running=True))

        def stock():
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        self.addCleanup(db_pool.complaints.clear)
        self.lines = []
        self.patch(db_pool, 'log', types.SimpleNamespace(msg=self.lines.append))
        return db_pool.connect_when_reachable(stock, sleep=pauses.append, clock=lambda: 1000.0), pauses

    def test_each_reason_to_wait_is_logged_once(self):
        pooler = broken(None, False, 'FATAL:  unsupported startup parameter: options')
        self.connect(pooler, pooler, db_session.SessionRefused('the epoch goes astray'), pooler, 'connection')
        self.assertEqual(self.lines, [
            'quorate: no connection to the database, this master waits for one: FATAL: unsupported startup parameter:'
            ' options: take options out of db_url, or let the pooler pass them on',
            'quorate: no connection to the database, this master waits for one: the epoch goes astray'])

    def test_a_reason_that_stands_is_logged_again_after_minutes(self):
        self.connect('connection')
        for now in (1000.0, 1299.0, 1300.0):
            db_pool.complain(db_session.SessionRefused('no'), now)
        self.assertEqual(len(self.lines), 2)

    def test_a_master_waits_until_the_database_can_be_reached(self):
        refused = broken(None, False, 'Connection refused')
        starting = broken(None, False, 'the database system is starting up')
        connection, pauses = self.connect(refused, starting, 'connection')
        self.assertEqual(connection, 'connection')
        self.assertEqual(len(pauses), 2)

    def test_a_wrong_password_is_an_error_at_once(self):
        with self.assertRaises(sa.exc.OperationalError):
            self.connect(broken(None, False, 'FATAL:  password authentication failed for user "buildbot"'))


class OneConnectionPerMethod(trial.SynchronousTestCase):
    """One connection for each method on a database thread, with a real engine."""

    def setUp(self):
        self.pool = fakes.SqlPool()
        self.opened = []
        self.pool.engine.connect = functools.partial(db_pool.connect_once_per_method, self.connect)
        self.table = Model.builders

    def connect(self):
        connection = sa.engine.Engine.connect(self.pool.engine)
        self.opened.append(connection)
        return connection

    def insert(self, connection, commit=True):
        transaction = connection.begin()
        connection.execute(self.table.insert().values(id=len(self.opened), name='x', name_hash=str(commit)))
        if commit:
            transaction.commit()

    def method(self, *parts):
        def run():
            for part in parts:
                db_thread.result_of(self.pool.do(part))
            return defer.succeed(None)
        return db_thread.run(types.SimpleNamespace(db=types.SimpleNamespace(pool=self.pool)), run)

    def count(self):
        with sa.engine.Engine.connect(self.pool.engine) as connection:
            return connection.execute(sa.select(sa.func.count(self.table.c.id))).scalar()

    def test_a_connection_is_opened_once_and_returned_at_the_end_of_the_method(self):
        states = []
        self.successResultOf(self.method(self.insert, lambda connection: states.append(self.opened[0].closed)))
        self.assertEqual(len(self.opened), 1)
        self.assertEqual((states, self.opened[0].closed), ([False], True))
        self.assertEqual(self.count(), 1)
        self.successResultOf(self.method(lambda connection: None))
        self.assertEqual(len(self.opened), 2)

    def test_a_transaction_that_one_call_left_open_is_rolled_back_before_the_next(self):
        found = []
        self.successResultOf(self.method(
            functools.partial(self.insert, commit=False), lambda connection: found.append(connection.in_transaction())))
        self.assertEqual((found, self.count()), ([False], 0))

    def test_a_transaction_that_the_driver_began_by_itself_is_rolled_back_too(self):
        found = []

        def insert(connection):
            connection.connection.cursor().execute("insert into builders (id, name, name_hash) values (1, 'x', 'x')")

        def count(connection):
            found.append(connection.execute(sa.select(sa.func.count(self.table.c.id))).scalar())
        self.successResultOf(self.method(insert, count))
        self.assertEqual(found, [0])

    def test_a_connection_that_broke_is_not_used_again(self):
        self.successResultOf(self.method(lambda connection: connection.invalidate(), lambda connection: None))
        self.assertEqual(len(self.opened), 2)
        self.assertTrue(self.opened[0].closed and self.opened[1].closed)

    def test_a_connection_is_returned_after_an_error_too(self):
        def refused(connection):
            raise OSError('epoch 7 is over')
        self.failureResultOf(self.method(refused), OSError)
        self.flushLoggedErrors(OSError)  # the pool logs it
        self.assertTrue(self.opened[0].closed)

    def test_outside_of_a_method_each_call_gets_its_own_connection(self):
        self.assertIs(db_pool.connect_once_per_method(self.connect), self.opened[0])
        self.opened[0].close()


class Idle(trial.SynchronousTestCase):
    def take_out(self, idle, lives=True):
        statements = []

        class Cursor:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                pass

            def execute(self, statement):
                statements.append(statement)
                if not lives:
                    raise OSError('server closed the connection unexpectedly')
        connection = types.SimpleNamespace(cursor=Cursor, rollback=lambda: statements.append('rollback'))
        record = types.SimpleNamespace(info={})
        db_pool.note_last_use(connection, record, clock=lambda: 100.0)
        db_pool.check_if_idle(connection, record, None, clock=lambda: 100.0 + idle)
        return statements

    def test_a_connection_that_was_just_used_is_not_tested(self):
        self.assertEqual(self.take_out(0.9 * db_pool.IDLE), [])

    def test_an_idle_connection_is_tested_and_left_without_a_transaction(self):
        self.assertEqual(self.take_out(1.1 * db_pool.IDLE), ['select 1', 'rollback'])

    def test_a_connection_that_broke_while_it_was_idle_is_replaced(self):
        with self.assertRaises(sa.exc.DisconnectionError):
            self.take_out(1.1 * db_pool.IDLE, lives=False)


class Promotion(trial.SynchronousTestCase):
    settings = {'quorate.masterid': '3', 'quorate.epoch': '8', 'quorate.database': 'former'}

    def take_out(self, carried):
        db_pool.require_followed(self.settings, None, types.SimpleNamespace(info={'database': carried}), None)

    def test_a_connection_from_before_a_promotion_is_replaced_and_a_later_one_is_used(self):
        self.patch(db_session, 'followed', None)
        self.take_out('former')
        self.patch(db_session, 'followed', 'new')
        with self.assertRaises(sa.exc.DisconnectionError):
            self.take_out('former')
        self.take_out('new')

    def test_the_pool_opens_another_session_with_the_new_identity_in_its_place(self):
        opened = []
        engine = sa.create_engine('sqlite://', poolclass=sa.pool.QueuePool)
        self.addCleanup(engine.dispose)
        self.patch(db_session, 'followed', None)
        self.patch(db_session, 'prove', lambda _, settings, another: opened.append(
            db_session.database_of(settings)) or db_session.database_of(settings))
        sa.event.listen(engine, 'connect', functools.partial(db_pool.prove_session, engine, self.settings))
        sa.event.listen(engine, 'checkout', functools.partial(db_pool.require_followed, self.settings))
        engine.connect().close()
        engine.connect().close()
        self.assertEqual(opened, ['former'])
        db_session.follow('new')
        engine.connect().close()
        engine.connect().close()
        self.assertEqual(opened, ['former', 'new'])
