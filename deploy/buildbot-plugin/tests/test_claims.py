import types

from buildbot.process.results import RETRY
from buildbot_quorate import claims
from buildbot_quorate import agent_link
from twisted.internet import defer
from twisted.trial import unittest as trial

from tests import fakes

CLAIM = {'brid': 18, 'attempt': 'x', 'builderid': 4, 'builder': 'compile', 'buildsetid': 9}


class Claiming(trial.SynchronousTestCase):
    def setUp(self):
        self.started = []
        self.member, self.link = fakes.joined()
        self.builder = fakes.FakeBuilder('compile', [fakes.place('w1'), fakes.place('w2')])
        self.member.master.botmaster.builders['compile'] = self.builder
        self.patch(claims.Claimer, '_start_build', lambda claimer, claim: self.begin(claim))

    def begin(self, claim):
        self.started.append(claim['brid'])
        self.builder.places.pop()
        return defer.succeed(True)

    def test_claims_are_requested_for_the_free_workers_and_exactly_these_builds_start(self):
        self.member.claimer.kick()
        request = self.link.last('claim')
        self.assertEqual({**request[1], 'attempt': None}, {'slots': {'compile': 2}, 'limit': 2, 'attempt': None})
        request[2].callback({'claims': [CLAIM]})
        self.assertEqual(self.started, [18])
        self.assertEqual(self.member.held, {18: 'x'})
        self.assertEqual(self.link.count('claim'), 2, 'it asks again while it gets something')

    def test_in_a_clean_shutdown_of_4x_nothing_more_is_claimed(self):
        self.member.master.botmaster.brd.distribute_only_waited_childs = True
        self.member.claimer.kick()
        self.assertEqual(self.link.count('claim'), 0)

    def test_a_buildrequest_that_did_not_start_is_not_in_progress_any_more(self):
        forgotten = []
        self.member.master.botmaster.remove_in_progress_buildrequest = forgotten.append
        self.begin = lambda claim: defer.succeed(False)
        self.member.claimer.kick()
        self.link.last('claim')[2].callback({'claims': [CLAIM]})
        self.assertEqual(forgotten, [18])

    def test_one_claim_request_at_a_time(self):
        self.member.claimer.kick()
        self.member.claimer.kick(['compile'])
        self.assertEqual(self.link.count('claim'), 1)
        self.link.last('claim')[2].callback({'claims': []})
        self.assertEqual(self.link.count('claim'), 2)
        self.link.last('claim')[2].callback({'claims': []})
        self.assertEqual(self.link.count('claim'), 2)

    def test_a_claim_that_cannot_start_is_released_and_its_builder_claims_nothing_until_a_worker_is_free(self):
        self.begin = lambda claim: defer.succeed(False)
        self.member.claimer.kick()
        self.link.last('claim')[2].callback({'claims': [CLAIM]})
        self.assertEqual(self.link.last('release')[1]['brid'], 18)
        self.link.last('release')[2].callback({'accepted': True})
        self.member.claimer.kick()  # no worker became free
        self.assertEqual(self.link.count('claim'), 1)
        self.member.claimer.kick(['compile'])
        self.assertEqual(self.link.count('claim'), 2)

    def test_the_claim_of_a_build_that_fails_to_start_is_released(self):
        self.begin = lambda claim: defer.fail(RuntimeError('no'))
        self.member.claimer.kick()
        self.link.last('claim')[2].callback({'claims': [CLAIM]})
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
        self.assertEqual(self.link.last('release')[1]['brid'], 18)

    def test_nothing_is_claimed_without_a_lease_when_drained_or_during_a_shutdown(self):
        self.member.draining = True
        self.member.claimer.kick()
        self.member.draining = False
        self.member.master.botmaster.brd.running = False
        self.member.claimer.kick()
        self.member.master.botmaster.brd = fakes.FakeDistributor()
        self.member.master.reactor.advance(4.1)
        self.member.claimer.kick()
        self.assertEqual(self.link.count('claim'), 0)

    def reconnect(self, **answer):
        link = fakes.FakeLink()
        self.member.connected(link)
        link.last('hello')[2].callback({**fakes.HELLO, **answer})
        return link

    def test_a_claim_request_without_an_answer_is_named_in_the_next_hello_and_what_it_claimed_is_started(self):
        self.member.claimer.kick()
        request = self.link.last('claim')
        self.member.disconnected(self.link, 'the agent died')
        request[2].errback(agent_link.Lost('the agent died'))
        late = {**CLAIM, 'attempt': request[1]['attempt']}

        link = self.reconnect(claims=[late])

        self.assertEqual(link.last('hello')[1]['unanswered'], request[1]['attempt'])
        self.assertEqual(self.started, [18])
        self.assertEqual(self.member.held, {18: late['attempt']})
        self.assertEqual(link.count('claim'), 1, 'it asks again')

    def test_a_claim_that_ended_before_its_build_began_is_not_started(self):
        self.member.claimer.claimed = [CLAIM]
        self.member.claimer.kick()
        self.assertEqual(self.started, [])

    def test_an_answered_claim_request_is_not_named_in_the_next_hello(self):
        self.member.claimer.kick()
        self.link.last('claim')[2].callback({'claims': []})
        self.member.disconnected(self.link, 'the agent died')

        self.assertNotIn('unanswered', self.reconnect().last('hello')[1])

    def test_a_claim_request_that_is_refused_for_now_is_sent_again_in_a_second(self):
        self.member.claimer.kick()
        self.link.last('claim')[2].errback(agent_link.Refused(agent_link.NOT_NOW, 'the database cannot be reached'))
        self.assertEqual(self.link.count('claim'), 1)
        self.member.master.reactor.advance(1.1)
        self.assertEqual(self.link.count('claim'), 2)


class Beginning(trial.SynchronousTestCase):
    """With rows as in 3.7, which are dictionaries, and as in 4.x, which are objects."""

    ROW = {**{name: None for name in claims.EVENT_FIELDS}, 'buildrequestid': 18, 'complete': 0}

    def begin(self, row, running=True):
        member, _ = fakes.joined()
        member.master.botmaster.brd.running = running
        namespace = types.SimpleNamespace
        self.events, self.noted, self.started = [], [], []
        member.master.db = namespace(buildrequests=namespace(getBuildRequest=lambda brid: defer.succeed(row)))
        member.master.data = namespace(rtypes=namespace(buildrequest=namespace(
            produceEvent=lambda message, event: self.events.append((event, message)))))
        member.master.botmaster.add_in_progress_buildrequest = self.noted.append
        builder = fakes.FakeBuilder('compile')
        builder.maybeStartBuild = lambda place, requests: defer.succeed(
            self.started.append((place, list(self.noted))) is None)
        member.master.botmaster.builders['compile'] = builder
        request = namespace(id=18, waitedFor=False)
        self.patch(claims.BuildRequest, 'fromBrdict', lambda master, row: defer.succeed(request))
        self.patch(claims.db_thread, 'run', lambda master, method, *args: method(*args))
        self.patch(claims.Claimer, '_choose_worker', lambda claimer, builder, request: defer.succeed('w1'))
        return self.successResultOf(member.claimer._start_build(CLAIM))

    def test_the_event_of_the_claim_is_produced_and_its_build_starts(self):
        for row in (self.ROW, types.SimpleNamespace(**self.ROW)):
            self.assertTrue(self.begin(row))
            self.assertEqual(self.events, [('claimed', {**self.ROW, 'properties': None})])

    def test_a_build_is_in_progress_before_it_starts_so_that_a_cancel_finds_it(self):
        self.begin(self.ROW)
        self.assertEqual(self.started, [('w1', [18])])

    def test_a_claim_that_arrives_during_a_shutdown_is_not_started(self):
        self.assertFalse(self.begin(self.ROW, running=False))
        self.assertEqual(self.started, [])

    def test_a_buildrequest_that_is_gone_is_not_started(self):
        self.assertFalse(self.begin(None))
        self.assertEqual(self.started, [])


class FailingToBegin(trial.SynchronousTestCase):
    def fail(self, buildid, end_is_written=True, finished=False):
        self.ends = []
        place = types.SimpleNamespace(
            buildFinished=lambda: self.ends.append('place'),
            worker=types.SimpleNamespace(putInQuarantine=lambda: self.ends.append('quarantine')))
        builder = types.SimpleNamespace(building=[])
        build = types.SimpleNamespace(buildid=buildid, finished=finished, results=None, builder=builder)
        builder.building.append(build)

        def builder_finished(build, place):
            self.ends.append(('builder', build.results))
            builder.building.remove(build)
        builder.buildFinished = builder_finished

        def finish(text, results):
            build.results = results
            self.ends.append('written' if end_is_written else 'lost')
            if end_is_written:
                builder.buildFinished(build, place)
            return defer.succeed(None)
        build.buildFinished = finish
        return claims.start_or_release(lambda place: defer.fail(OSError('no step')), build, place)

    def test_the_buildrequest_of_a_build_that_fails_to_begin_is_released(self):
        self.successResultOf(self.fail(buildid=7))
        self.assertEqual(self.ends, ['quarantine', 'written', ('builder', RETRY)])
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)

    def test_the_buildrequest_is_released_also_if_the_build_has_no_row_or_its_end_cannot_be_written(self):
        self.successResultOf(self.fail(buildid=None))
        self.assertEqual(self.ends, ['quarantine', 'place', ('builder', RETRY)])
        self.successResultOf(self.fail(buildid=7, end_is_written=False))
        self.assertEqual(self.ends, ['quarantine', 'lost', 'place', ('builder', RETRY)])
        self.flushLoggedErrors(OSError)

    def test_an_error_of_a_build_that_is_finished_is_raised_as_in_stock(self):
        self.failureResultOf(self.fail(buildid=7, finished=True), OSError)
        self.assertEqual(self.ends, [])


class Room(trial.SynchronousTestCase):
    def test_a_worker_that_serves_several_builders_counts_as_often_as_it_may_build(self):
        member, _ = fakes.joined()
        shared = fakes.place('w1', max_builds=1)
        busy = fakes.place('w2', busy=True)
        member.master.botmaster.builders = {
            'a': fakes.FakeBuilder('a', [shared]),
            'b': fakes.FakeBuilder('b', [fakes.place(shared.worker)]),
            'c': fakes.FakeBuilder('c', [busy])}
        self.assertEqual(member.claimer._free_slots(), ({'a': 1, 'b': 1}, 1))

    def test_without_a_maximum_a_worker_builds_one_of_each_builder(self):
        member, _ = fakes.joined()
        shared = fakes.place('w1')
        member.master.botmaster.builders = {
            'a': fakes.FakeBuilder('a', [shared]), 'b': fakes.FakeBuilder('b', [fakes.place(shared.worker)])}
        self.assertEqual(member.claimer._free_slots(), ({'a': 1, 'b': 1}, 2))


class Choice(trial.SynchronousTestCase):
    def test_a_worker_whose_locks_are_taken_is_passed_over(self):
        places = [fakes.place('w1'), fakes.place('w2')]
        builder = types.SimpleNamespace(
            name='compile', master=None, getAvailableWorkers=lambda: list(places),
            config=types.SimpleNamespace(nextWorker=lambda b, workers, request: workers[0], nextBuild=None),
            canStartBuild=lambda place, request: defer.succeed(place is places[1]))
        self.assertIs(self.successResultOf(claims.Claimer._choose_worker(builder, None)), places[1])
        builder.canStartBuild = lambda place, request: defer.succeed(False)
        self.assertIsNone(self.successResultOf(claims.Claimer._choose_worker(builder, None)))
