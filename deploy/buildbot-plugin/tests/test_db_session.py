import json
import types
import unittest
import unittest.mock

from buildbot_quorate import db_session

AUTHORITY = '-c idle_in_transaction_session_timeout=6000 -c quorate.masterid=3 -c quorate.epoch=8589934597'


class Session:
    """The driver's connection to a server, which may be a pooler in front of the real one."""

    seconds = 1795572000.5

    def __init__(self, pids=(7,), announced=7, triggers='origin', keeps=True):
        self.pids, self.triggers, self.keeps = list(pids), triggers, keeps
        self.info = types.SimpleNamespace(backend_pid=announced)
        self.sent, self.commits, self.closed = [], 0, False

    def cursor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def execute(self, statement, parameters=None):
        self.sent.append(statement)
        pid = self.pids.pop(0) if len(self.pids) > 1 else self.pids[0]
        self.row = (pid,)
        if parameters:
            given = json.loads(parameters[0])
            self.row = pid, self.triggers, self.seconds, json.dumps(given if self.keeps else dict.fromkeys(given, ''))

    def fetchone(self):
        return self.row

    def commit(self):
        self.commits += 1

    def rollback(self):
        pass

    def close(self):
        self.closed = True


class Settings(unittest.TestCase):
    def test_the_options_of_the_agent_are_taken_out_of_the_environment(self):
        environment = {'PGOPTIONS': '-c work_mem=8MB --geqo=off ' + AUTHORITY, 'QUORATE_MASTER_NAME': 'm1'}
        settings = db_session.take_settings(environment)
        self.assertNotIn('PGOPTIONS', environment)
        self.assertEqual({name: value for name, value in settings.items() if name not in db_session.OWN}, {
            'work_mem': '8MB', 'geqo': 'off', 'idle_in_transaction_session_timeout': '6000',
            'quorate.masterid': '3', 'quorate.epoch': '8589934597'})

    def test_an_escaped_space_belongs_to_the_value_and_what_is_no_setting_stays(self):
        environment = {'PGOPTIONS': r'-B 100 -c search_path=bb,\\ public'.replace('\\\\', '\\')}
        self.assertEqual(db_session.take_settings(environment)['search_path'], 'bb, public')
        self.assertEqual(environment, {'PGOPTIONS': '-B 100'})

    def test_without_an_agent_no_epoch_is_required(self):
        settings = db_session.take_settings({})
        self.assertEqual(settings, db_session.OWN)
        db_session.prove(Session(), settings, None)


class Clock(unittest.TestCase):
    def test_the_time_is_the_databases_whatever_this_machine_shows(self):
        passed = [100.0]
        clock = db_session.DatabaseClock(lambda: passed[0])
        self.assertEqual(clock.now(1795572300.0), 1795572300.0)
        clock.read(1795572000.5)
        passed[0] += 20
        self.assertEqual(clock.now(1795572320.0), 1795572020.5)

    def test_each_proof_of_a_session_reads_the_databases_clock(self):
        with unittest.mock.patch.object(db_session, 'clock', db_session.DatabaseClock(lambda: 100.0)) as clock:
            db_session.prove(Session(), db_session.take_settings({}), None)
            self.assertEqual(clock.now(0), Session.seconds)


class Proof(unittest.TestCase):
    settings = db_session.take_settings({'PGOPTIONS': AUTHORITY, 'QUORATE_MASTER_NAME': 'm1'})

    def refusal(self, session, another=None, settings=None):
        with self.assertRaises(db_session.SessionRefused) as caught:
            db_session.prove(session, settings or self.settings, another)
        return str(caught.exception)

    def test_a_session_to_postgresql_itself_costs_one_statement(self):
        session = Session()
        db_session.prove(session, self.settings, None)
        self.assertEqual((len(session.sent), session.commits), (1, 1))

    def test_a_master_that_lost_the_epoch_of_its_agent_is_refused(self):
        settings = db_session.take_settings({'QUORATE_MASTER_NAME': 'm1'})
        self.assertIn('buildmaster.command', self.refusal(Session(), settings=settings))

    def test_a_session_that_does_not_keep_the_epoch_is_refused(self):
        self.assertIn('does not keep quorate.masterid and quorate.epoch', self.refusal(Session(keeps=False)))

    def test_a_session_that_does_not_keep_the_identity_of_the_database_is_refused(self):
        settings = {**db_session.take_settings({}), db_session.DATABASE: '7e57'}
        self.assertIn('does not keep quorate.database', self.refusal(Session(keeps=False), settings=settings))

    def test_a_session_that_is_opened_after_a_promotion_carries_the_new_identity(self):
        settings = {**self.settings, db_session.DATABASE: 'former'}
        self.assertEqual(db_session.prove(Session(), settings, None), 'former')
        with unittest.mock.patch.object(db_session, 'followed', 'new'):
            session = Session()
            self.assertEqual(db_session.prove(session, settings, None), 'new')
            self.assertEqual(json.loads(session.row[3])[db_session.DATABASE], 'new')
            self.assertIn('does not keep', self.refusal(Session(keeps=False), settings=settings))

    def test_a_master_without_an_epoch_takes_no_identity_from_an_agent(self):
        with unittest.mock.patch.object(db_session, 'followed', 'new'):
            self.assertIsNone(db_session.prove(Session(), db_session.take_settings({}), None))

    def test_a_session_whose_triggers_are_off_is_refused(self):
        self.assertIn('session_replication_role is replica', self.refusal(Session(triggers='replica')))

    def test_a_pooler_in_session_mode_is_accepted(self):
        second = Session(pids=(8,))
        db_session.prove(Session(announced=99), self.settings, lambda: second)
        self.assertTrue(second.closed)

    def test_a_pooler_that_lends_the_same_backend_to_another_session_is_refused(self):
        second = Session(pids=(7,))
        self.assertIn('transaction mode', self.refusal(Session(announced=99), lambda: second))
        self.assertTrue(second.closed)

    def test_a_pooler_that_changes_the_backend_is_refused(self):
        self.assertIn('transaction mode', self.refusal(Session(pids=(7, 8), announced=99), lambda: Session(pids=(9,))))
