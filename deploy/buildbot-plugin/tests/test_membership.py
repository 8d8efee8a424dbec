import datetime
import json
import types

from buildbot.process.results import CANCELLED
from buildbot.process.results import RETRY
from buildbot_quorate import agent_link
from buildbot_quorate import db_session
from buildbot_quorate import membership
from buildbot_quorate.event_relay import from_json
from buildbot_quorate.event_relay import to_json
from buildbot_quorate.mq import is_relayed
from twisted.internet import defer
from twisted.trial import unittest as trial

from tests import fakes


class Trust(trial.SynchronousTestCase):
    def test_nothing_starts_before_the_agent_answered(self):
        member = fakes.member()
        self.assertFalse(member.may_start())
        self.assertFalse(member.owns('nightly'))
        member.connected(fakes.FakeLink())
        self.assertFalse(member.may_start())

    def test_the_lease_counts_from_when_hello_was_sent(self):
        member = fakes.member()
        link = fakes.FakeLink()
        member.connected(link)
        member.master.reactor.advance(3)
        link.last('hello')[2].callback(fakes.HELLO)
        self.assertTrue(member.may_start())
        member.master.reactor.advance(1.1)
        self.assertFalse(member.may_start())

    def test_a_lease_counts_from_when_it_was_sent_and_never_from_the_future(self):
        member, _ = fakes.joined()
        member.master.reactor.advance(10)
        member._on_lease(remaining_millis=4000, sent_nanos=int(8e9))
        self.assertEqual(member.lease.expires, 12)
        member._on_lease(remaining_millis=4000, sent_nanos=int(99e9))
        self.assertEqual(member.lease.expires, 14)

    def test_when_the_lease_ends_builds_stop_and_do_not_touch_their_buildrequests(self):
        member, link = fakes.joined()
        builder = fakes.FakeBuilder('compile')
        build = fakes.FakeBuild(17)
        builder.building.append(build)
        member.master.botmaster.builders['compile'] = builder
        member.add_claim(17, 'a')
        member.owned['nightly'] = 5

        member.master.reactor.advance(4.1)
        member._check_lease()

        self.assertEqual(build.requests, [])
        self.assertEqual(build.stopped[1], RETRY)
        self.assertIn(1017, member.abandoned)
        self.assertFalse(member.owns('nightly'))
        self.assertEqual(link.closed, 'the lease is over')
        self.assertTrue(member.watchdog.watches, 'the watchdog watches until the build has ended')
        builder.building.clear()
        member.master.reactor.advance(0.2)
        self.assertFalse(member.watchdog.watches)

    def test_a_lease_that_comes_late_does_not_unfence(self):
        member, _ = fakes.joined()
        member.master.reactor.advance(4.1)
        member._check_lease()
        member._on_lease(remaining_millis=4000, sent_nanos=int(4.1e9))
        self.assertFalse(member.may_start())

    def test_a_new_hello_in_the_same_epoch_goes_on(self):
        member, _ = fakes.joined()
        member.master.reactor.advance(4.1)
        member._check_lease()
        link = fakes.FakeLink()
        member.connected(link)
        link.last('hello')[2].callback(fakes.HELLO)
        self.assertTrue(member.may_start())

    def test_another_epoch_ends_the_process(self):
        member, _ = fakes.joined()
        with self.assertRaises(fakes.Ended):
            member._hello_answered(fakes.FakeLink(), {**fakes.HELLO, 'epoch': 8}, 0)

    def test_fence_ends_the_process(self):
        member, _ = fakes.joined()
        with self.assertRaises(fakes.Ended):
            member._on_fence(why='epoch 7 ended')

    def test_the_watchdog_ends_a_process_whose_builds_did_not_stop(self):
        member, _ = fakes.joined()
        member.master.reactor.advance(5.4)
        member.watchdog.check()
        member.master.reactor.advance(0.2)
        with self.assertRaises(fakes.Ended):
            member.watchdog.check()


class Conversation(trial.SynchronousTestCase):
    def test_hello_offers_what_this_master_can_do(self):
        member = fakes.member()
        link = fakes.FakeLink()
        member.add_claim(17, 'a')
        member.cursor = {3: 9}
        member.connected(link)
        offered = link.last('hello')[1]
        self.assertEqual(offered['protocol'], 1)
        self.assertEqual(offered['slots'], 3)
        self.assertEqual(offered['builders'], [{'name': 'compile', 'slots': 3}])
        self.assertEqual(offered['changeSources'], ['git'])
        self.assertEqual(offered['workerPort'], 9989)
        self.assertEqual(offered['running'], [{'brid': 17, 'attempt': 'a'}])
        self.assertEqual(offered['events'], {'cursor': {'3': 9}})

    def test_a_newer_protocol_is_logged_and_the_link_closed(self):
        member = fakes.member()
        link = fakes.FakeLink()
        member.connected(link)
        link.last('hello')[2].errback(agent_link.Refused(agent_link.UNSUPPORTED, 'protocol 1 is not supported'))
        self.assertIn('not supported', member.connector.logged[-1])
        self.assertEqual(member.connector.failed_hellos, 1, 'the next attempt comes later')
        self.assertIsNotNone(link.closed)
        self.assertFalse(member.may_start())

    def test_an_answer_to_hello_that_cannot_be_used_closes_the_link(self):
        for answer in (None, {}, {'epoch': 'x'}, [], {**fakes.HELLO, 'leaseMillis': None}):
            member = fakes.member()
            link = fakes.FakeLink()
            member.connected(link)
            link.last('hello')[2].callback(answer)
            self.assertFalse(member.may_start(), answer)
            self.assertIsNotNone(link.closed, answer)

    def test_a_notification_that_is_not_understood_is_logged_and_ignored(self):
        member, _ = fakes.joined()
        member.notified('praise', {})
        member.notified(7, {})
        member.notified('lease', {'remainingMillis': 'long'})
        self.assertEqual(len(self.flushLoggedErrors(TypeError, ValueError)), 1)
        self.assertTrue(member.may_start())

    def test_the_lost_link_starts_nothing_new_and_stops_nothing(self):
        member, link = fakes.joined()
        member.owned['nightly'] = 5
        member.disconnected(link, 'gone')
        self.assertFalse(member.may_start())
        self.assertTrue(member.owns('nightly'))

    def test_builds_that_the_answer_to_hello_names_stop(self):
        of = fakes.master()
        builder = fakes.FakeBuilder('compile')
        build = fakes.FakeBuild(17)
        builder.building.append(build)
        of.botmaster.builders['compile'] = builder
        member, _ = fakes.joined(of, stop=[17])
        self.assertEqual(build.requests, [])
        self.assertNotIn(17, member.held)

    def test_cancel_stops_the_build_as_cancelled_and_leaves_its_request(self):
        member, _ = fakes.joined()
        builder = fakes.FakeBuilder('compile')
        build = fakes.FakeBuild(17)
        builder.building.append(build)
        member.master.botmaster.builders['compile'] = builder
        member.notified('cancel', {'brid': 17, 'why': 'wrong branch'})
        self.assertEqual(build.stopped, ('wrong branch', CANCELLED))
        self.assertEqual(len(build.requests), 1)

    def test_cancel_releases_what_no_builder_of_this_master_builds_any_more(self):
        member, link = fakes.joined()
        member.add_claim(17, 'a')
        member.claimer.running = True
        member.notified('cancel', {'brid': 17, 'why': 'enough'})
        self.assertEqual(link.count('release'), 0, 'it may be about to begin')
        member.claimer.running = False
        member.notified('cancel', {'brid': 17, 'why': 'enough'})
        self.assertEqual(link.last('release')[1], {'brid': 17, 'attempt': 'a', 'why': 'enough'})

    def test_the_agent_is_notified_of_what_buildbot_completed_by_its_attempt(self):
        member, link = fakes.joined()
        member.add_claim(17, 'a')
        member.report_ended([17, 18])
        self.assertEqual(link.last('ended')[1], {'brid': 17, 'attempt': 'a'})
        self.assertEqual(link.count('ended'), 1)
        self.assertEqual(member.held, {})

    def test_the_link_to_an_agent_that_does_not_answer_in_time_is_closed(self):
        clock = fakes.master().reactor
        owner = types.SimpleNamespace(connected=lambda link: None, disconnected=lambda link, why: None)
        link = agent_link.LinkProtocol(owner, clock)
        closed = []
        link.transport = types.SimpleNamespace(
            abortConnection=lambda: closed.append(link.close_reason), write=lambda data: None,
            writeSequence=lambda data: None, disconnecting=False)
        link.connected = True
        answer = link.request('claim', slots={}, limit=1)
        clock.advance(agent_link.ANSWER_WITHIN - 1)
        self.assertEqual(closed, [])
        clock.pump([1.1, agent_link.LAST_LOOK])
        self.assertIn('did not answer claim', closed[0])
        link.connectionLost()
        self.failureResultOf(answer, agent_link.Lost)


class Draining(trial.SynchronousTestCase):
    def test_the_agent_names_the_database_that_new_sessions_must_be_to(self):
        self.patch(db_session, 'followed', None)
        member, _ = fakes.joined()
        member.notified('database', {'identity': '7e57'})
        self.assertEqual(db_session.followed, '7e57')

    def test_a_drained_master_asks_for_claims_only_while_a_build_of_its_own_waits_for_others(self):
        member, link = fakes.joined(draining=True)
        member.claimer.kick = lambda *_: asked.append(True)
        asked = []
        kids = types.SimpleNamespace(_waiters={})
        member.master.scheduler_manager.namedServices['kids'] = kids
        self.assertFalse(member.may_start())
        self.assertFalse(member.may_claim())
        self.patch(membership.Member, '_sweep', lambda member: defer.succeed(None))
        member._sweep_if_open()
        self.assertEqual(asked, [])
        kids._waiters = {7: None}
        self.assertTrue(member.may_claim())
        self.assertTrue(member.may_start(waited_for=True))
        self.assertFalse(member.may_start())
        member._sweep_if_open()
        self.assertEqual(asked, [True])

    def test_a_master_whose_lease_is_over_claims_nothing_for_its_builds_either(self):
        member, _ = fakes.joined(draining=True)
        member.master.scheduler_manager.namedServices['kids'] = types.SimpleNamespace(_waiters={7: None})
        member.master.reactor.advance(5)
        self.assertFalse(member.may_claim())


class Wire(trial.SynchronousTestCase):
    def setUp(self):
        self.notified, self.lost = [], []
        self.owner = types.SimpleNamespace(
            connected=lambda link: None, notified=lambda method, params: self.notified.append((method, params)),
            disconnected=lambda link, why: self.lost.append(why))
        self.link = agent_link.LinkProtocol(self.owner, fakes.master().reactor)
        self.sent = []
        self.link.transport = types.SimpleNamespace(
            abortConnection=lambda: self.link.connectionLost(), write=self.sent.append,
            writeSequence=lambda parts: self.sent.append(b''.join(parts)), disconnecting=False)
        self.link.connected = True

    def test_garbage_closes_the_link(self):
        for garbage in (b'hello', b'[1]', b'\xff\xfe', b'{"jsonrpc"'):
            self.setUp()
            self.link.dataReceived(garbage + b'\n')
            self.assertIn('invalid message', self.lost[0])

    def test_notifications_arrive_in_order_and_empty_lines_do_not_matter(self):
        self.link.dataReceived(b'{"method":"wake","params":{}}\n\n{"method":"drain","params":{"on":true}}\n')
        self.assertEqual(self.notified, [('wake', {}), ('drain', {'on': True})])

    def test_each_answer_reaches_the_request_with_its_id(self):
        one, two = self.link.request('claim'), self.link.request('release')
        self.link.dataReceived(b'{"id":2,"error":{"code":-32000,"message":"not now"}}\n')
        self.link.dataReceived(b'{"id":1,"result":{"claims":[]}}\n')
        self.assertEqual(self.successResultOf(one), {'claims': []})
        self.assertEqual(self.failureResultOf(two, agent_link.Refused).value.code, -32000)

    def test_an_error_that_answers_no_request_closes_the_link(self):
        self.link.dataReceived(b'{"id":null,"error":{"code":-32003,"message":"another buildmaster is connected"}}\n')
        self.assertIn('another buildmaster', self.lost[0])


class Ownership(trial.SynchronousTestCase):
    def setUp(self):
        self.member, self.link = fakes.joined()
        self.nightly = fakes.FakeService(lambda: self.member, 'nightly')
        self.member.master.scheduler_manager.namedServices['nightly'] = self.nightly
        self.git = fakes.FakeService(lambda: self.member, 'changesource:git')
        self.member.master.change_svc.namedServices['git'] = self.git

    def test_an_owned_scheduler_or_change_source_becomes_active_at_once(self):
        self.member.notified(
            'own', {'scheduler': 'nightly', 'term': 12, 'enabled': True, 'lastTick': 0, 'nowMillis': 0})
        self.member.notified('own', {'scheduler': 'changesource:git', 'term': 3})
        self.assertTrue(self.nightly.active)
        self.assertTrue(self.git.active)
        self.assertEqual(self.member.owned['nightly'], 12)

    def test_a_lost_scheduler_becomes_inactive_at_once_and_polls_again(self):
        self.member.notified('own', {'scheduler': 'nightly', 'term': 12})
        self.member.notified('disown', {'scheduler': 'nightly'})
        self.assertFalse(self.nightly.active)
        self.assertEqual(self.nightly.polls, 1)

    def test_a_scheduler_that_this_master_does_not_have_yet_waits(self):
        self.member.notified('own', {'scheduler': 'later', 'term': 1})
        self.assertTrue(self.member.owns('later'))

    def test_a_scheduler_or_change_source_that_a_new_hello_does_not_confirm_is_lost(self):
        self.member.notified('own', {'scheduler': 'nightly', 'term': 12})
        self.member.notified('own', {'scheduler': 'changesource:git', 'term': 3})
        self.member._hello_answered(self.link, fakes.HELLO, self.member.clock())
        self.assertTrue(self.nightly.active, 'ownership does not flap while the link is made again')
        self.member.notified('own', {'scheduler': 'nightly', 'term': 12})
        self.member.master.reactor.advance(membership.CONFIRMED_WITHIN + 0.1)
        self.assertTrue(self.nightly.active)
        self.assertFalse(self.git.active)

    def test_a_disabled_scheduler_is_not_made_to_catch_up(self):
        self.member.notified('own', {'scheduler': 'nightly', 'term': 12})
        swept = []
        self.patch(membership.occasions, 'sweep', lambda scheduler: swept.append(scheduler.name))
        self.member._sweep()
        self.nightly.enabled = False
        self.member._sweep()
        self.assertEqual(swept, ['nightly'])

    def test_a_scheduler_whose_sweep_fails_is_named_once_and_the_others_are_swept(self):
        other = fakes.FakeService(lambda: self.member, 'weekly')
        self.member.master.scheduler_manager.namedServices['weekly'] = other
        for name in ('nightly', 'weekly'):
            self.member.notified('own', {'scheduler': name, 'term': 12})
        swept, why = [], ['no disk']

        def sweep(scheduler):
            swept.append(scheduler.name)
            return defer.fail(OSError(why[0])) if scheduler is self.nightly and why else None
        self.patch(membership.occasions, 'sweep', sweep)
        self.member._sweep()
        self.member._sweep()
        self.assertEqual(swept, ['nightly', 'weekly'] * 2)
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)
        why[:] = ['no memory']
        self.member._sweep()
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1, 'another reason')
        failed, why[:] = why[:], []
        self.member._sweep()
        why[:] = failed
        self.member._sweep()
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1, 'again, after a sweep that succeeded')

    def test_a_trigger_whose_buildset_is_complete_is_notified_though_no_event_came(self):
        received = []
        self.nightly._waiters = {5: None, 6: None}
        self.nightly._buildset_complete_cb = lambda key, msg: received.append(msg['bsid'])
        self.member.master.data = types.SimpleNamespace(
            get=lambda path: defer.succeed({'bsid': int(path[1]), 'complete': path[1] == '5', 'results': 0}))
        self.member._sweep()
        self.assertEqual(received, [5])


class Events(trial.SynchronousTestCase):
    def test_keys_of_one_message_travel_together_and_are_kept_until_they_are_acknowledged(self):
        member, link = fakes.joined()
        message = {'buildid': 5}
        member.publish(('builds', '5', 'new'), message)
        member.publish(('builders', '1', 'builds', '7', 'new'), message)
        member.publish(('changes', '9', 'new'), {'changeid': 9})
        member.master.reactor.advance(0.02)
        events = link.last('publish')[1]['events']
        self.assertEqual([e['keys'] for e in events],
                         [[['builds', '5', 'new'], ['builders', '1', 'builds', '7', 'new']], [['changes', '9', 'new']]])
        link.last('publish')[2].errback(agent_link.Lost('gone'))
        self.assertEqual(len(member.outbox.waiting), 2)
        member.master.reactor.advance(1.1)
        link.last('publish')[2].callback({})
        self.assertEqual(member.outbox.waiting, [])

    def test_a_long_message_goes_by_its_key_and_the_receiver_reads_it_from_the_database(self):
        member, link = fakes.joined()
        clock = member.master.reactor
        files = [f'source/{number:07}' for number in range(20_000)]
        member.publish(('changes', '9', 'new'), {'changeid': 9, 'files': files})
        member.publish(('changes', '10', 'new'), {'changeid': 10, 'files': files[:1]})
        clock.advance(0.02)
        self.assertEqual(link.last('publish')[1]['events'], [
            {'keys': [['changes', '9', 'new']]},
            {'keys': [['changes', '10', 'new']], 'message': {'changeid': 10, 'files': files[:1]}}])

    def test_no_request_is_longer_than_a_line_of_the_link_may_be(self):
        member, link = fakes.joined()
        clock = member.master.reactor
        for number in range(10):
            member.publish(('site', 'report'), {'number': number, 'text': 'x' * 250_000})
        for _ in range(20):
            clock.advance(0.06)
            if link.count('publish') and not link.last('publish')[2].called:
                link.last('publish')[2].callback({})
        batches = [params['events'] for method, params, _ in link.requests if method == 'publish']
        self.assertEqual([e['message']['number'] for batch in batches for e in batch], list(range(10)))
        self.assertTrue(all(len(json.dumps(batch)) < 1024 * 1024 for batch in batches))

    def test_an_event_that_is_too_long_for_the_link_blocks_no_other(self):
        member, link = fakes.joined()
        clock = member.master.reactor
        member.publish(('site', 'report'), {'text': 'x' * 2_000_000})
        member.publish(('builds', '5', 'new'), {'buildid': 5})
        clock.advance(0.02)
        self.assertEqual([e['message'] for e in link.last('publish')[1]['events']], [{'buildid': 5}])

    def test_an_event_that_the_agent_refuses_blocks_no_other(self):
        member, link = fakes.joined()
        clock = member.master.reactor
        for number in range(9):
            member.publish(('builds', str(number), 'new'), {'buildid': number})
        accepted = []
        for _ in range(200):
            clock.advance(0.06)
            if link.count('publish') and not link.last('publish')[2].called:
                _, params, answer = link.last('publish')
                sent = [e['message']['buildid'] for e in params['events']]
                if 4 in sent:
                    answer.errback(agent_link.Refused(-32602, 'params.events[0].keys is wrong'))
                else:
                    accepted += sent
                    answer.callback({})
        self.assertEqual(accepted, [0, 1, 2, 3, 5, 6, 7, 8])

    def test_a_key_that_is_published_while_its_message_is_on_its_way_is_not_lost(self):
        member, link = fakes.joined()
        message = {'buildid': 5}
        member.publish(('builds', '5', 'new'), message)
        member.master.reactor.advance(0.02)
        first = link.last('publish')
        member.publish(('builders', '1', 'builds', '7', 'new'), message)
        first[2].callback({})
        member.master.reactor.advance(0.06)
        self.assertEqual(link.last('publish')[1]['events'][0]['keys'], [['builders', '1', 'builds', '7', 'new']])

    def test_events_in_quick_succession_are_sent_in_few_batches(self):
        member, link = fakes.joined()
        for number in range(10):
            member.publish(('builds', str(number), 'new'), {'buildid': number})
            member.master.reactor.advance(0.02)
            if link.count('publish'):
                answer = link.last('publish')[2]
                if not answer.called:
                    answer.callback({})
        member.master.reactor.advance(0.1)
        self.assertLessEqual(link.count('publish'), 5)
        batches = [params['events'] for method, params, _ in link.requests if method == 'publish']
        published = [event['message']['buildid'] for batch in batches for event in batch]
        self.assertEqual(published, list(range(10)))

    def test_a_batch_that_was_sent_when_the_link_closed_does_not_stop_the_next_link(self):
        member, link = fakes.joined()
        member.publish(('builds', '5', 'new'), {'buildid': 5})
        member.master.reactor.advance(0.02)
        member.is_open = False
        link.last('publish')[2].callback({})
        member.publish(('builds', '6', 'new'), {'buildid': 6})
        again = fakes.FakeLink()
        member.connected(again)
        again.last('hello')[2].callback(fakes.HELLO)
        self.assertEqual([e['message']['buildid'] for e in again.last('publish')[1]['events']], [6])

    def test_events_of_others_arrive_in_order_and_move_the_cursor(self):
        member, _ = fakes.joined()
        member.notified('events', {'masterid': 4, 'seq': 11, 'events': [
            {'keys': [['a']], 'message': 1}, {'keys': [['b']], 'message': 2}]})
        self.assertEqual([e['message'] for e in member.mq.events], [1, 2])
        self.assertEqual(member.cursor, {4: 11})

    def test_a_time_stays_a_time(self):
        now = datetime.datetime(2026, 11, 25, 12, 0, tzinfo=datetime.timezone.utc)
        message = {'when': now, 'names': ('a', b'b'), 'n': {1: None}, 'ok': True}
        self.assertEqual(from_json(to_json(message)), {'when': now, 'names': ['a', 'b'], 'n': {'1': None}, 'ok': True})

    def test_a_float_that_json_cannot_hold_becomes_null(self):
        self.assertEqual(to_json([float('nan'), float('inf'), 1.5]), [None, None, 1.5])

    def test_frequent_events_are_not_relayed(self):
        self.assertFalse(is_relayed(('logs', '3', 'append')))
        self.assertFalse(is_relayed(('steps', '3', 'logs', 'stdio', 'append')))
        self.assertFalse(is_relayed(('builds', '3', 'properties', 'update')))
        self.assertTrue(is_relayed(('builds', '3', 'finished')))
        self.assertTrue(is_relayed(('control', 'builds', '3', 'stop')))


class Configuration(trial.SynchronousTestCase):
    def test_the_port_of_workers_is_read_from_every_form(self):
        for port in (9989, '9989', 'tcp:9989', 'tcp:9989:interface=127.0.0.1', 'tcp:port=9989'):
            self.assertEqual(membership._worker_port({'pb': {'port': port}}), {'workerPort': 9989}, port)
        for port in ('unix:/run/x', 'tcp:0', '', 0):
            self.assertEqual(membership._worker_port({'pb': {'port': port}}), {}, port)
        self.assertEqual(membership._worker_port({}), {})
