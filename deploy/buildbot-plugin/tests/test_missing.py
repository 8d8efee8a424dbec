import types

from buildbot_quorate import missing
from twisted.internet import defer
from twisted.trial import unittest as trial


class MissingWorkers(trial.SynchronousTestCase):
    def asked(self, connected, was_here, first):
        master = types.SimpleNamespace(db=types.SimpleNamespace(
            pool=types.SimpleNamespace(do=lambda function: defer.succeed(connected))))
        worker = types.SimpleNamespace(workerid=3, _quorate_was_here=was_here)
        return self.successResultOf(missing.is_to_report(master, worker, lambda master: defer.succeed(first)))

    def test_nobody_reports_a_worker_that_some_master_has(self):
        self.assertFalse(self.asked(1, was_here=True, first=True))

    def test_the_master_that_lost_a_worker_reports_it(self):
        self.assertTrue(self.asked(0, was_here=True, first=False))

    def test_of_a_worker_that_never_came_one_master_reports(self):
        self.assertEqual([self.asked(0, was_here=False, first=first) for first in (True, False, False)],
                         [True, False, False])
