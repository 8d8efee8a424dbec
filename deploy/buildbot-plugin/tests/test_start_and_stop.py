"""What becomes of a master that is started without its agent, renamed, or shut down."""

import os
import types
from unittest import mock

from buildbot.db.connector import DBConnector
from buildbot.db.exceptions import DatabaseNotReadyError
from buildbot.process.buildrequestdistributor import BuildRequestDistributor
from buildbot.process.results import RETRY
from buildbot_quorate import patches
from twisted.application import service
from twisted.trial import unittest as trial

from tests import fakes


class StartAndStop(trial.SynchronousTestCase):
    def setUp(self):
        patches.install()

    def start(self, mq, parent='the application', **environment):
        """Runs what a master calls before it uses the database. Returns its Deferred."""
        master = types.SimpleNamespace(parent=parent, config=types.SimpleNamespace(mq=mq, db={'db_url': 'none://'}))
        connector = types.SimpleNamespace(master=master)
        without = {k: v for k, v in os.environ.items() if k != 'QUORATE_LINK'}
        with mock.patch.dict(os.environ, {**without, **environment}, clear=True):
            return DBConnector.setup(connector)

    def test_a_master_without_an_agent_refuses_to_start_before_it_touches_the_database(self):
        self.failureResultOf(self.start({'type': 'quorate'}), DatabaseNotReadyError)

    def test_a_master_with_an_agent_and_a_stock_one_and_upgrade_master_go_on(self):
        for refused in (self.start({'type': 'quorate'}, QUORATE_LINK='/run/link.sock'),
                        self.start({'type': 'quorate', 'link': '/run/link.sock'}),
                        self.start({'type': 'simple'}),
                        self.start({'type': 'quorate'}, parent=None)):
            self.assertFalse(self.failureResultOf(refused).check(DatabaseNotReadyError))

    def test_a_renamed_master_can_still_be_stopped(self):
        parent, master = service.MultiService(), service.MultiService()
        master.name = 'host:/srv/bb'
        master.setServiceParent(parent)
        patches.rename(master, 'm1')
        self.assertEqual(master.name, 'm1')
        master.disownServiceParent()
        self.assertEqual(list(parent), [])

    def test_a_quick_shutdown_leaves_its_builds_to_be_built_again_but_for_those_that_another_waits_for(self):
        member, _ = fakes.joined()
        builder = fakes.FakeBuilder('compile')
        alone, child = fakes.FakeBuild(17), fakes.FakeBuild(18, waited_for=True)
        builder.building += [alone, child]
        member.master.botmaster.builders['compile'] = builder
        member.add_claim(17, 'a')
        member.add_claim(18, 'b')
        member.stop_builds()
        self.assertEqual((alone.requests, alone.stopped[1]), ([], RETRY))
        self.assertEqual([request.id for request in child.requests], [18])

    def test_a_build_that_ends_in_a_clean_shutdown_finds_the_distributor_stopped_and_no_error(self):
        distributor = BuildRequestDistributor(types.SimpleNamespace())
        distributor.running = False
        self.assertIsNone(distributor.master)
        self.successResultOf(distributor.maybeStartBuildsOn(['compile']))
