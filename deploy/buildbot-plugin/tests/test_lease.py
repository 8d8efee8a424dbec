import os
import shutil
import socket
import tempfile
import threading
import types

from buildbot_quorate import agent_link
from buildbot_quorate import lease
from buildbot_quorate import watchdog
from twisted.python import log
from twisted.trial import unittest as trial

from tests import fakes


class Agent:
    """The agent's end of the lease's socket."""

    def __init__(self, path):
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.server.bind(path)
        self.server.listen()
        self.reader = None

    def accept(self):
        self.reader, _ = self.server.accept()

    def send(self, epoch=7, remaining=4000, sent=0.0):
        self.reader.sendall(
            f'{{"jsonrpc":"2.0","method":"lease","params":{{"remainingMillis":{remaining},"sentNanos":{int(sent * 1e9)}'
            f',"epoch":{epoch}}}}}\n'.encode())

    def close(self):
        self.server.close()
        if self.reader:
            self.reader.close()


class BesideTheReactor(trial.SynchronousTestCase):
    def setUp(self):
        directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, directory)
        self.path = os.path.join(directory, 'lease.sock')
        self.agent = Agent(self.path)
        self.addCleanup(lambda: self.agent.close())
        self.member, self.link = fakes.joined()
        self.clock = self.member.master.reactor
        self.leases = lease.LeaseSocket(self.path, self.member._lease_received, self.clock.seconds)
        self.addCleanup(self.leases.close)
        self.member.watchdog.leases = self.leases
        self.leases.read()
        self.agent.accept()

    def test_a_reactor_that_stands_still_keeps_its_builds_while_the_agent_extends_the_lease(self):
        for now in range(1, 20):
            self.clock.rightNow = now
            self.agent.send(sent=now)
            self.member.watchdog.read()
            self.member.watchdog.check()
        self.member._check_lease()
        self.assertTrue(self.member.may_start())
        self.assertIsNone(self.link.closed)

    def test_a_thread_of_its_own_extends_the_lease(self):
        member = fakes.member()
        member.epoch = 7
        received = threading.Event()
        leases = lease.LeaseSocket(
            self.path, lambda *args: (member._lease_received(*args), received.set()), self.clock.seconds)
        self.addCleanup(leases.close)
        guard = watchdog.Watchdog(member.lease, leases, fakes.end)
        guard.start()
        self.agent.accept()
        self.agent.send(sent=0)
        self.assertTrue(received.wait(30))
        self.assertEqual(member.lease.expires, 4)

    def test_a_process_that_was_frozen_with_its_agent_ends(self):
        self.agent.send(sent=1)
        self.clock.rightNow = 20
        with self.assertRaises(fakes.Ended):
            self.member.watchdog.check()

    def test_after_a_freeze_of_the_buildmaster_alone_what_the_agent_sent_meanwhile_counts(self):
        self.agent.send(sent=19)
        self.clock.rightNow = 20
        self.member.watchdog.check()
        self.assertTrue(self.member.may_start())

    def test_the_reactor_reads_what_arrived_before_it_stops_builds(self):
        self.agent.send(sent=9)
        self.clock.rightNow = 10
        self.member._check_lease()
        self.assertTrue(self.member.may_start())
        self.clock.rightNow = 14
        self.member._check_lease()
        self.assertTrue(self.member.fenced)

    def test_a_lease_of_another_epoch_is_not_for_this_process(self):
        self.agent.send(epoch=6, sent=9)
        self.member.watchdog.read()
        self.assertEqual(self.member.lease.expires, 4)
        self.agent.send(epoch=8, sent=9)
        with self.assertRaises(fakes.Ended):
            self.member.watchdog.read()

    def test_a_lease_beside_the_link_does_not_unfence(self):
        self.clock.rightNow = 5
        self.member._check_lease()
        self.agent.send(sent=5)
        self.member.watchdog.read()
        self.assertFalse(self.member.may_start())

    def test_a_message_that_cannot_be_used_is_logged_and_those_after_it_count(self):
        self.agent.reader.sendall(b'[]\n{"method":"lease"}\nhello\n{"method":"other"}\n{"method":"lea')
        self.member.watchdog.read()
        self.agent.reader.sendall(b'se","params":{"remainingMillis":9000,"sentNanos":0,"epoch":7}}\n')
        self.member.watchdog.read()
        self.assertEqual(self.member.lease.expires, 9)

    def test_an_agent_that_is_started_again_extends_the_lease_again(self):
        self.agent.close()
        os.remove(self.path)
        self.member.watchdog.read()
        self.agent = Agent(self.path)
        self.clock.rightNow = 1
        self.member.watchdog.read()
        self.agent.accept()
        self.agent.send(sent=1)
        self.member.watchdog.read()
        self.assertEqual(self.member.lease.expires, 5)


class Stall(trial.SynchronousTestCase):
    def test_a_reactor_that_stands_still_is_logged_once_with_the_place_and_for_how_long(self):
        lines = []
        log.addObserver(observer := lambda event: lines.append(log.textFromEventDict(event)))
        self.addCleanup(log.removeObserver, observer)
        member, _ = fakes.joined()
        member.watchdog.reactor_thread = threading.get_ident()
        member.lease.begin(1000)
        member._check_lease()
        for _ in range(3):
            member.master.reactor.advance(4)
            member.watchdog.check()
        self.assertEqual(len(lines), 1)
        self.assertIn('stood still for 8.0 s', lines[0])
        self.assertIn('test_a_reactor_that_stands_still', lines[0])
        member._check_lease()
        member._check_lease()
        self.assertIn('it stood still for 12.0 s', lines[1])
        self.assertEqual(len(lines), 2)

    def test_after_a_stall_an_answer_that_has_arrived_is_read_before_the_link_counts_as_lost(self):
        clock = fakes.master().reactor
        owner = types.SimpleNamespace(connected=lambda link: None, disconnected=lambda link, why: None)
        link = agent_link.LinkProtocol(owner, clock)
        link.transport = types.SimpleNamespace(write=lambda data: None, writeSequence=lambda data: None)
        link.connected = True
        answer = link.request('claim', slots={}, limit=1)
        clock.advance(60)
        link.lineReceived(b'{"id":1,"result":{"claims":[]}}')
        self.assertEqual(self.successResultOf(answer), {'claims': []})
        self.assertEqual(clock.getDelayedCalls(), [])
