import sqlalchemy as sa
from buildbot.db.model import Model
from buildbot_quorate import cancels
from buildbot_quorate import mq
from twisted.trial import unittest as trial

from tests import fakes


class Cancels(trial.SynchronousTestCase):
    def setUp(self):
        self.pool = fakes.SqlPool()
        tables = Model.metadata.tables
        self.pool.write(tables['masters'], id=1, name='m', name_hash='m', active=1, last_active=0)
        self.pool.write(tables['builders'], id=1, name='b', name_hash='b')
        self.pool.write(tables['buildsets'], id=7, submitted_at=0, complete=0)
        for brid in (17, 18):
            self.pool.write(tables['buildrequests'], id=brid, buildsetid=7, builderid=1, submitted_at=0, complete=0)
        later = {'locks_duration_s': 0} if 'locks_duration_s' in tables['builds'].c else {}  # since Buildbot 4.0
        self.pool.write(tables['builds'], id=5, number=1, builderid=1, buildrequestid=17, masterid=1, started_at=0,
                        state_string='', **later)
        self.pool.write(tables['builds'], id=4, number=2, builderid=1, buildrequestid=18, masterid=1, started_at=0,
                        complete_at=1, state_string='', **later)

    def noted(self, kind, number, why='enough'):
        with self.pool.engine.connect() as connection:
            cancels.write(connection, kind, number, why)
        with self.pool.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(
                'select buildsetid, property_name, property_value from buildset_properties'))]

    def test_the_stop_of_a_build_is_noted_for_its_buildrequest(self):
        self.assertEqual(self.noted('builds', 5), [(7, 'quorate.cancel', '{"brid": 17, "why": "enough"}')])

    def test_the_cancel_of_a_buildrequest_is_noted(self):
        self.assertEqual(self.noted('buildrequests', 18), [(7, 'quorate.cancel', '{"brid": 18, "why": "enough"}')])

    def test_the_stop_of_a_build_that_has_ended_is_nothing(self):
        self.assertEqual(self.noted('builds', 4), [])
        self.assertEqual(self.noted('builds', 99), [])

    def test_only_stops_and_cancels_are_wishes(self):
        self.assertTrue(cancels.is_wish(('control', 'builds', '5', 'stop')))
        self.assertTrue(cancels.is_wish(('control', 'buildrequests', '5', 'cancel')))
        for key in (('builds', '5', 'finished'), ('control', 'workers', '5', 'stop'), ('control', 'builds', '5', 'x')):
            self.assertFalse(cancels.is_wish(key))

    def test_what_a_person_does_on_this_master_is_noted_and_what_another_master_relays_is_not(self):
        noted = []
        self.patch(cancels, 'note', lambda master, key, message: noted.append(key))
        local = mq.QuorateMQ()
        local.debug = False
        local.member, _ = fakes.joined()
        key = ('control', 'builds', '5', 'stop')
        local._produce(key, {'reason': 'enough'})
        self.assertEqual(noted, [key])
        local._deliver(2, key, {'reason': 'enough'})
        self.assertEqual(len(noted), 1)
