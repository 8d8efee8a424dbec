import types

from buildbot.reporters.base import ReporterBase
from buildbot_quorate import patches
from buildbot_quorate.mq import QuorateMQ
from twisted.internet import defer
from twisted.trial import unittest as trial

COMPLETE = ('buildsets', '9', 'complete')


class Generator:
    wanted_event_keys = [('buildsets', None, 'complete')]

    def generate(self, master, reporter, key, message):
        return defer.succeed(message['bsid'])


class Recording(ReporterBase):
    name = 'recording'

    def sendMessage(self, reports):
        self.sent += reports
        return defer.succeed(None)


class Reporters(trial.SynchronousTestCase):
    """Master 3 of a cluster of four; masters 1 and 2 are dead."""

    def reporter(self, reporters):
        patches.install()
        self.mq = QuorateMQ()
        self.mq.reporters = reporters
        self.mq.member = types.SimpleNamespace(publish=lambda *_: None)
        self.active = {1: False, 2: False, 3: True, 4: True}
        master = types.SimpleNamespace(
            masterid=3,
            mq=types.SimpleNamespace(impl=self.mq),
            data=types.SimpleNamespace(
                get=lambda path: defer.succeed({'bsid': int(path[1])}),
                rtypes=types.SimpleNamespace(buildset=types.SimpleNamespace(eventPaths=['buildsets/{bsid}']))),
            db=types.SimpleNamespace(masters=types.SimpleNamespace(getMasters=lambda: defer.succeed(
                [{'id': number, 'active': active} for number, active in self.active.items()]))))
        self.mq.parent = types.SimpleNamespace(master=master)
        reporter = Recording(generators=[])
        reporter.parent = self.mq.parent
        reporter.generators, reporter.sent = [Generator()], []
        self.mq.startConsuming(reporter._got_event, COMPLETE)
        return reporter

    def arrives(self, masterid, message=None):
        event = {'keys': [list(COMPLETE)], **({'message': message} if message else {})}
        self.successResultOf(self.mq.arrived(event, masterid))

    def test_a_master_reports_what_it_did_itself(self):
        reporter = self.reporter('own')
        self.mq.produce(COMPLETE, {'bsid': 9})
        self.assertEqual(reporter.sent, [9])
        self.arrives(4, {'bsid': 9})
        self.assertEqual(reporter.sent, [9], "another master reports its own event")
        self.mq.produce(COMPLETE, {'bsid': 9})
        self.assertEqual(reporter.sent, [9, 9], 'its own again, after an event of another master')

    def test_the_active_master_with_the_lowest_id_reports_what_no_master_did(self):
        reporter = self.reporter('own')
        self.arrives(patches.NO_MASTER)
        self.assertEqual(reporter.sent, [9])
        self.active[2] = True
        self.arrives(patches.NO_MASTER)
        self.assertEqual(reporter.sent, [9])

    def test_the_only_master_with_reporters_reports_everything(self):
        reporter = self.reporter('all')
        self.mq.produce(COMPLETE, {'bsid': 9})
        self.arrives(4, {'bsid': 9})
        self.active[2] = True
        self.arrives(patches.NO_MASTER)
        self.assertEqual(reporter.sent, [9, 9, 9])
