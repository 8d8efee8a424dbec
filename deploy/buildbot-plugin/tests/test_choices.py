import types

from buildbot_quorate import agent_link
from buildbot_quorate import choices
from buildbot_quorate import claims
from buildbot_quorate import offered_chooser
from twisted.internet import defer
from twisted.python import log
from twisted.trial import unittest as trial

from tests import fakes


def config(*builders, workers=(), prioritize=None):
    return types.SimpleNamespace(builders=list(builders), prioritizeBuilders=prioritize, workers=[
        types.SimpleNamespace(workername=name, max_builds=limit, builds_may_be_incompatible=picky)
        for name, limit, picky in workers])


class DecidingBuilders(trial.SynchronousTestCase):
    PLAIN = fakes.builder_config('plain', ['w1'])
    LOCKED = fakes.builder_config('locked', ['w2'], locks=[object()])

    def test_a_configuration_without_functions_and_locks_decides_nothing(self):
        self.assertEqual(choices.deciding_builders(config(self.PLAIN, workers=[('w1', 1, False)])), set())

    def test_a_builder_with_a_function_or_a_lock_decides_and_others_do_not(self):
        functions = [fakes.builder_config(name, [name], **{name: len})
                     for name in ('nextBuild', 'nextWorker', 'canStartBuild')]
        self.assertEqual(choices.deciding_builders(config(self.PLAIN, self.LOCKED, *functions)),
                         {'locked', 'nextBuild', 'nextWorker', 'canStartBuild'})

    def test_under_prioritize_builders_all_decide(self):
        self.assertEqual(choices.deciding_builders(config(self.PLAIN, prioritize=len)), {'plain'})

    def test_a_worker_that_may_be_incompatible_decides(self):
        self.assertEqual(choices.deciding_builders(config(self.PLAIN, workers=[('w1', None, True)])), {'plain'})

    def test_who_competes_with_a_deciding_builder_for_a_limited_worker_decides_too(self):
        between = fakes.builder_config('between', ['w1', 'w2'])
        for limit, expected in ((1, {'locked', 'between', 'plain'}), (None, {'locked'})):
            workers = [('w1', limit, False), ('w2', limit, False)]
            self.assertEqual(
                choices.deciding_builders(config(self.PLAIN, between, self.LOCKED, workers=workers)), expected)


class Competing(trial.SynchronousTestCase):
    def test_builders_compete_that_have_a_worker_in_common_also_through_others(self):
        chain = [fakes.builder_config('a', ['w1']), fakes.builder_config('b', ['w3']),
                 fakes.builder_config('c', ['w1', 'w2']), fakes.builder_config('d', ['w2', 'w3']),
                 fakes.builder_config('alone', ['w4']), fakes.builder_config('fast', ['w1'])]
        groups = choices.competing(config(*chain), {'a', 'b', 'c', 'd', 'alone'})
        self.assertEqual({name: ''.join(sorted(group)) for name, group in groups.items()},
                         {'a': 'abcd', 'b': 'abcd', 'c': 'abcd', 'd': 'abcd', 'alone': 'alone'})


class Builder(fakes.FakeBuilder):
    """A builder whose settings are functions of the test; a build that starts makes its worker busy."""

    def __init__(self, test, name, places, **settings):
        super().__init__(name, places)
        self.test = test
        self.config = fakes.builder_config(name, [p.worker.workername for p in places], **settings)

    @property
    def workers(self):
        return self.places

    def getAvailableWorkers(self):
        return [place for place in self.places if not place.isBusy()]

    def canStartBuild(self, place, request):
        function = self.config.canStartBuild
        return defer.maybeDeferred(function, self, place, request) if function else defer.succeed(True)

    def maybeStartBuild(self, place, requests):
        place.isBusy = lambda: True
        self.test.started.append((requests[0].id, place.worker.workername))
        return defer.succeed(True)


class Choosing(trial.SynchronousTestCase):
    def setUp(self):
        self.master = fakes.master()
        self.master.masterid = 3
        self.master.config.builders = []
        self.started, self.logged = [], []
        namespace = types.SimpleNamespace
        self.master.data = namespace(rtypes=namespace(buildrequest=namespace(produceEvent=lambda *_: None)))
        self.master.db = namespace(buildrequests=namespace(
            getBuildRequest=lambda brid: defer.succeed({name: None for name in claims.EVENT_FIELDS})))
        self.patch(offered_chooser.db_thread, 'run', lambda master, method, *args: method(*args))
        self.patch(claims, 'read_requests', lambda master, brids: defer.succeed(
            {brid: namespace(id=brid, priority=None) for brid in brids}))
        self.patch(choices, 'log', namespace(msg=self.logged.append, err=log.err))

    def builder(self, name, workers=('w1',), **settings):
        places = [fakes.place(worker) for worker in workers]
        for place in places:
            place.worker.access = []
        builder = Builder(self, name, places, **settings)
        self.master.botmaster.builders[name] = builder
        self.master.config.builders.append(builder.config)
        return builder

    def join(self):
        self.member, self.link = fakes.joined(self.master)

    def requests(self, method):
        return [request for request in self.link.requests if request[0] == method]

    def offer(self, *offers):
        """Answers the last request for candidates. ``offers``: (brid, builder, priority)."""
        self.link.last('candidates')[2].callback({'candidates': [
            {'brid': brid, 'builder': builder, 'priority': priority} for brid, builder, priority in offers]})

    def grant(self, *lost):
        """Answers the last claim request with all that was chosen but these."""
        params, answer = self.link.last('claim')[1:]
        answer.callback({'claims': [
            {'brid': brid, 'attempt': params['attempt'], 'builder': name}
            for name, brids in params['chosen'].items() for brid in brids if brid not in lost]})

    def chosen(self):
        return [params['chosen'] for _, params, _ in self.requests('claim')]

    def test_what_can_start_is_chosen_first_and_then_claimed_and_started(self):
        self.builder('b', canStartBuild=lambda builder, place, request: request.id != 1)
        self.join()
        self.assertEqual(self.link.last('candidates')[1], {'builders': ['b']})
        self.assertEqual(self.chosen(), [])
        self.offer((1, 'b', 5), (2, 'b', 0), (3, 'b', 0))
        self.assertEqual(self.chosen(), [{'b': [2]}])
        self.assertEqual(self.link.last('claim')[1]['slots'], {})
        self.grant()
        self.assertEqual(self.started, [(2, 'w1')])
        self.assertEqual(self.chosen(), [{'b': [2]}], 'its worker is busy')

    def test_where_next_worker_has_no_worker_for_one_buildrequest_the_next_one_is_tried(self):
        self.builder('b', nextWorker=lambda builder, places, request: None if request.id == 1 else places[0])
        self.join()
        self.offer((1, 'b', 5), (2, 'b', 0))
        self.assertEqual(self.chosen(), [{'b': [2]}])

    def test_next_build_chooses_among_all_candidates_with_their_present_priorities(self):
        seen = []

        def next_build(builder, requests):
            seen.extend((request.id, request.priority) for request in requests)
            return requests[-1]
        self.builder('b', nextBuild=next_build)
        self.join()
        self.offer((1, 'b', 5), (2, 'b', 0))
        self.assertEqual(self.chosen(), [{'b': [2]}])
        self.assertEqual(seen, [(1, 5), (2, 0)])

    def test_nothing_is_claimed_where_nothing_can_start_and_it_is_not_asked_again_until_something_happens(self):
        asked = []
        self.builder('b', canStartBuild=lambda builder, place, request: asked.append(request.id))
        self.join()
        self.offer((1, 'b', 0), (2, 'b', 0))
        self.assertEqual((self.chosen(), asked, len(self.requests('candidates'))), ([], [1, 2], 1))
        self.member.claimer.kick(['b'])
        self.assertEqual(len(self.requests('candidates')), 2)

    def test_the_highest_priority_over_all_builders_is_chosen_first(self):
        for name in ('a', 'b'):
            self.builder(name, canStartBuild=lambda builder, place, request: True)
        self.join()
        self.offer((7, 'b', 9), (1, 'a', 0))
        self.assertEqual(self.chosen(), [{'b': [7]}])
        self.grant()
        self.assertEqual(self.chosen(), [{'b': [7]}, {'a': [1]}])

    def test_news_of_one_builder_also_chooses_for_those_that_compete_with_it(self):
        for name in ('a', 'b'):
            self.builder(name, canStartBuild=lambda builder, place, request: True)
        self.join()
        self.offer()
        self.member.claimer.kick(['a'])
        self.assertEqual(self.link.last('candidates')[1], {'builders': ['a', 'b']})

    def test_what_another_master_took_is_passed_over_for_a_second_and_the_worker_is_free(self):
        self.builder('b', canStartBuild=lambda builder, place, request: True)
        self.join()
        self.offer((1, 'b', 0), (2, 'b', 0))
        self.grant(1)
        self.assertEqual(self.chosen(), [{'b': [1]}, {'b': [2]}])
        self.grant(2)
        self.offer((1, 'b', 0), (2, 'b', 0), (3, 'b', 0))
        self.assertEqual(self.chosen()[2:], [{'b': [3]}])
        self.grant()
        self.assertEqual(self.started, [(3, 'w1')])

    def test_several_are_claimed_at_once_where_no_function_looks_at_what_runs(self):
        self.master.config.prioritizeBuilders = len
        self.builder('b', workers=('w1', 'w2'))
        self.join()
        self.offer((1, 'b', 0), (2, 'b', 0), (3, 'b', 0))
        self.assertEqual(self.chosen(), [{'b': [1, 2]}])

    def test_a_function_that_never_answers_holds_up_its_builder_only_and_is_named_in_the_log(self):
        never = defer.Deferred()
        self.builder('a', canStartBuild=lambda builder, place, request: never)
        self.builder('b', canStartBuild=lambda builder, place, request: True)
        self.join()
        self.offer((1, 'a', 5), (2, 'b', 0))
        self.assertEqual(self.chosen(), [])
        self.master.reactor.advance(choices.PATIENCE)
        self.assertEqual(self.chosen(), [{'b': [2]}])
        self.grant()
        self.member.lease.expires = 1_000
        self.member.claimer.kick()
        self.assertEqual(len(self.requests('candidates')), 1, 'one is late and the other is busy')
        self.master.reactor.advance(choices.LATE)
        self.assertEqual(len([text for text in self.logged if 'canStartBuild, or a lock, of builder a' in text]), 1)

        never.callback(True)

        self.assertEqual(self.chosen()[-1], {'a': [1]})
        self.grant()
        self.assertEqual(self.started, [(2, 'w1'), (1, 'w1')])

    def test_a_reconfiguration_asks_the_new_function_and_forgets_the_late_one(self):
        never = defer.Deferred()
        builder = self.builder('a', canStartBuild=lambda builder, place, request: never)
        self.join()
        self.offer((1, 'a', 0))
        self.master.reactor.advance(choices.PATIENCE)
        builder.config = fakes.builder_config('a', canStartBuild=lambda builder, place, request: True)
        self.member.claimer.kick()
        self.offer((1, 'a', 0))
        self.assertEqual(self.chosen(), [{'a': [1]}])
        never.callback(True)
        self.assertEqual(len(self.chosen()), 1)

    def test_prioritize_builders_orders_and_the_queue_does_while_it_does_not_answer(self):
        order = defer.Deferred()
        self.master.config.prioritizeBuilders = len
        self.master.botmaster.brd._sortBuilders = lambda names: order
        for name in ('a', 'b'):
            self.builder(name, workers=('w-' + name,))
        self.join()
        self.offer((7, 'b', 9), (1, 'a', 0))
        self.master.reactor.advance(choices.PATIENCE)
        self.assertEqual(self.chosen(), [{'b': [7]}])

        self.master.botmaster.brd._sortBuilders = lambda names: defer.succeed(['a', 'b'])
        self.grant(7)
        order.callback([])
        self.grant(1)
        self.master.reactor.advance(choices.PASSED_OVER)
        self.offer((7, 'b', 9), (1, 'a', 0))
        self.assertEqual(self.chosen()[-1], {'a': [1]})

    def test_a_function_that_fails_starts_nothing_of_its_builder_and_is_logged(self):
        def fail(builder, place, request):
            raise OSError('no such board')
        self.builder('a', canStartBuild=fail)
        self.builder('b', canStartBuild=lambda builder, place, request: True)
        self.join()
        self.offer((1, 'a', 5), (2, 'b', 0))
        self.assertEqual(self.chosen(), [{'b': [2]}])
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)

    def test_an_agent_that_offers_nothing_is_asked_for_claims_as_before(self):
        self.builder('b', canStartBuild=lambda builder, place, request: True)
        self.join()
        self.link.last('candidates')[2].errback(
            agent_link.Refused(agent_link.NO_METHOD, 'there is no method candidates'))
        self.assertEqual(self.link.last('claim')[1]['slots'], {'b': 1})
        self.assertIn('older than the plugin', self.member.connector.logged[-1])

    def test_a_chosen_claim_whose_answer_was_lost_is_released_and_chosen_again(self):
        self.builder('b', canStartBuild=lambda builder, place, request: True)
        self.join()
        self.offer((1, 'b', 0))
        _, params, answer = self.link.last('claim')
        self.member.disconnected(self.link, 'the agent died')
        answer.errback(agent_link.Lost('the agent died'))
        self.link = fakes.FakeLink()
        self.member.connected(self.link)
        self.link.last('hello')[2].callback({**fakes.HELLO, 'claims': [
            {'brid': 1, 'attempt': params['attempt'], 'builder': 'b'}]})
        self.assertEqual(self.link.last('hello')[1]['unanswered'], params['attempt'])
        self.assertEqual(self.link.last('release')[1]['brid'], 1)
        self.assertEqual(self.started, [])

    def test_a_worker_that_went_meanwhile_gets_no_build_and_the_claim_is_released(self):
        builder = self.builder('b', canStartBuild=lambda builder, place, request: True)
        self.join()
        self.offer((1, 'b', 0))
        builder.places.clear()
        self.grant()
        self.assertEqual(self.started, [])
        self.assertEqual(self.link.last('release')[1]['brid'], 1)

    def test_nothing_is_offered_to_a_master_that_may_not_start(self):
        self.builder('b', canStartBuild=lambda builder, place, request: True)
        self.member, self.link = fakes.joined(self.master, draining=True)
        self.assertEqual(self.link.count('candidates'), 0)
