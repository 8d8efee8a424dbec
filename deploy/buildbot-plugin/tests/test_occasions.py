import types

import sqlalchemy as sa
from buildbot_quorate import occasions
from buildbot_quorate import hooks
from buildbot.mq.connector import MQConnector
from twisted.internet import defer
from twisted.trial import unittest

from tests import fakes


class Scheduler:
    """As far as changes and occasions go: buildsets are what the database accepted."""

    name = 'changed'

    def __init__(self, member, changes=()):
        self.states = {}
        self.buildsets = []
        self.arrived = []
        self._change_consumption_lock = defer.DeferredLock()
        self.consumer = types.SimpleNamespace(callback=lambda key, msg: occasions.change_arrived(self.original, self, key, msg))
        self._change_consumer = self.consumer
        self.member = member
        self.changes = list(changes)
        self.master = types.SimpleNamespace(db=types.SimpleNamespace(pool=types.SimpleNamespace(do=self.do)))

    def do(self, thd):
        class Connection:
            @staticmethod
            def execute(query, values):
                if 'max' in str(query):
                    return [(max(self.changes, default=0),)]
                return [(c,) for c in sorted(self.changes) if c > values['bound']]
        return defer.succeed(thd(Connection))

    def original(self, key, msg):
        self.arrived.append(msg['changeid'])
        return defer.succeed(None)

    def getState(self, key, default):
        return defer.succeed(self.states.get(key, default))

    def setState(self, key, value):
        self.states[key] = value
        return defer.succeed(None)

    def event(self, changeid):
        self.changes.append(changeid)
        return self.consumer.callback(('changes', str(changeid), 'new'), {'changeid': changeid})


class Changes(unittest.SynchronousTestCase):
    def test_a_new_scheduler_begins_with_the_changes_to_come(self):
        scheduler = Scheduler(None, [1, 2, 3])
        occasions.make_up(scheduler)
        self.assertEqual(scheduler.arrived, [])
        scheduler.event(4)
        self.assertEqual(scheduler.arrived, [4])

    def test_the_next_owner_makes_up_for_what_came_while_nobody_looked(self):
        first = Scheduler(None, [1])
        occasions.make_up(first)
        first.event(2)
        second = Scheduler(None, [1, 2, 3, 4])
        second.states = first.states
        occasions.make_up(second)
        self.assertEqual(second.arrived, [3, 4])

    def test_a_change_is_looked_at_once_whoever_tells_of_it(self):
        scheduler = Scheduler(None)
        occasions.make_up(scheduler)
        scheduler.event(1)
        scheduler.event(1)
        occasions.make_up(scheduler)
        self.assertEqual(scheduler.arrived, [1])

    def test_an_event_before_the_state_is_read_is_not_lost(self):
        scheduler = Scheduler(None)
        scheduler.states['quorate_changes'] = {'first': 0, 'done': []}
        scheduler.event(1)
        self.assertEqual(scheduler.arrived, [])
        occasions.make_up(scheduler)
        self.assertEqual(scheduler.arrived, [1])

    def test_a_change_that_committed_late_is_found(self):
        scheduler = Scheduler(None)
        occasions.make_up(scheduler)
        scheduler.event(6)
        scheduler.changes.append(5)
        occasions.make_up(scheduler)
        self.assertEqual(scheduler.arrived, [6, 5])

    def test_what_is_not_finished_is_not_noted_as_done(self):
        scheduler = Scheduler(None)
        occasions.make_up(scheduler)
        unfinished = defer.Deferred()
        scheduler.original = lambda key, msg: unfinished
        scheduler.event(1)
        scheduler.original = Scheduler.original.__get__(scheduler)
        scheduler.event(2)
        self.assertEqual(scheduler.states['quorate_changes']['done'], [2])
        unfinished.callback(None)
        self.assertEqual(scheduler.states['quorate_changes']['done'], [1, 2])

    def test_changes_that_come_while_it_is_disabled_are_not_for_it(self):
        scheduler = Scheduler(None, [1])
        occasions.make_up(scheduler)
        occasions.forget(scheduler)
        scheduler.changes.append(2)
        occasions.make_up(scheduler)
        self.assertEqual(scheduler.arrived, [])


class Buildsets(unittest.SynchronousTestCase):
    def setUp(self):
        self.member, _ = fakes.joined()
        self.member.owned['changed'] = 12
        self.scheduler = Scheduler(self.member)
        self.told = None

    def add(self, *args, properties=None, **kwargs):
        self.told = properties
        return defer.succeed((5, {1: 7}))

    def occasion(self, original):
        return occasions.during(self.scheduler, 'change 17', occasions.add_buildset, original, self.scheduler, self.member)

    def test_a_buildset_carries_its_occasion_and_the_term(self):
        self.assertEqual(self.successResultOf(self.occasion(self.add)), (5, {1: 7}))
        self.assertEqual(self.told.asDict()['quorate.occasion'],
                         ({'scheduler': 'changed', 'term': 12, 'occasion': 'change 17'}, 'quorate'))

    def test_a_buildset_without_an_occasion_is_as_stock(self):
        self.successResultOf(occasions.add_buildset(self.add, self.scheduler, self.member))
        self.assertIsNone(self.told)

    def test_the_second_of_an_occasion_is_no_error(self):
        clash = sa.exc.IntegrityError('insert', {}, Exception('duplicate key value violates unique constraint "tick_pkey"'))
        self.assertEqual(self.successResultOf(self.occasion(lambda *a, **k: defer.fail(clash))), (None, {}))

    def test_any_other_clash_is(self):
        clash = sa.exc.IntegrityError('insert', {}, Exception('buildsets_pkey'))
        self.failureResultOf(self.occasion(lambda *a, **k: defer.fail(clash)), sa.exc.IntegrityError)

    def test_who_does_not_own_the_scheduler_adds_nothing(self):
        del self.member.owned['changed']
        self.failureResultOf(self.occasion(self.add), occasions.NotOwned)
        self.assertIsNone(self.told)

    def test_a_dependent_scheduler_gives_its_priority_where_it_has_one(self):
        for priority in ({}, {'priority': 5}):
            asked = []
            scheduler = types.SimpleNamespace(
                _getUpstreamBuildsets=lambda: defer.succeed([(3, [7], True, 0)]),
                addBuildsetForSourceStamps=lambda **kwargs: defer.succeed(asked.append(kwargs)),
                _removeUpstreamBuildsets=lambda ended: defer.succeed(None),
                _cached_upstream_bsids=[], setState=lambda name, value: defer.succeed(None),
                _subscription_lock=defer.DeferredLock(), **priority)
            self.successResultOf(occasions.follow(scheduler, 3))
            self.assertEqual(asked, [{'sourcestamps': [7], 'reason': 'downstream', **priority}])

    def test_a_tick_that_was_refused_is_undone_for_the_next_owner(self):
        self.scheduler.lastActuated = 1795572000.25
        self.scheduler._quorate_last_build = 1795568400.0
        failed = occasions.tick(lambda: defer.fail(occasions.NotOwned('no')), self.scheduler)
        self.failureResultOf(failed, occasions.NotOwned)
        self.assertEqual(self.scheduler.states, {'last_build': 1795568400.0})

    def test_a_tick_is_named_by_its_planned_second(self):
        named = []
        self.scheduler.lastActuated = 1795572000.25
        self.scheduler._quorate_last_build = None
        self.successResultOf(occasions.tick(
            lambda: defer.succeed(named.append(occasions.of(self.scheduler))), self.scheduler))
        self.assertEqual(named, ['at 2026-11-25T02:00:00Z'])
        self.assertIsNone(occasions.of(self.scheduler))


class Hooks(unittest.SynchronousTestCase):
    def test_every_method_that_is_replaced_is_there_in_the_installed_buildbot_and_replaced_once(self):
        hooks.install()  # raises where one is missing
        self.assertIn('quorate', MQConnector.classes)
        from buildbot.process.buildrequestdistributor import BuildRequestDistributor
        once = BuildRequestDistributor.maybeStartBuildsOn
        hooks.install()
        self.assertIs(BuildRequestDistributor.maybeStartBuildsOn, once)

    def test_enabling_a_scheduler_that_another_master_owns_does_not_activate_it_here(self):
        hooks.install()
        from buildbot.schedulers.base import BaseScheduler
        member, _ = fakes.joined()
        master = types.SimpleNamespace(mq=types.SimpleNamespace(impl=types.SimpleNamespace(member=member)))
        activated = []
        scheduler = types.SimpleNamespace(
            master=master, name='changed', enabled=False, activate=lambda: activated.append(1), _quorate_seen=None)
        self.successResultOf(BaseScheduler._enabledCallback(scheduler, ('schedulers', '1', 'updated'), {'enabled': True}))
        self.assertEqual(activated, [])
        self.assertTrue(scheduler.enabled)

    def test_a_scheduler_that_is_disabled_during_a_tick_and_enabled_again_stays_enabled(self):
        hooks.install()
        from buildbot.schedulers.base import BaseScheduler
        self.patch(occasions, 'sweep', lambda _: defer.succeed(None))
        self.patch(occasions, 'forget', lambda _: defer.succeed(None))
        member = types.SimpleNamespace(owns=lambda _: True)
        master = types.SimpleNamespace(mq=types.SimpleNamespace(impl=types.SimpleNamespace(member=member)))
        did, tick = [], defer.Deferred()
        scheduler = types.SimpleNamespace(
            master=master, name='periodic', enabled=True,
            activate=lambda: defer.succeed(did.append('activate')),
            deactivate=lambda: tick.addCallback(lambda _: did.append('deactivate')))
        key = ('schedulers', '1', 'updated')
        disabled = BaseScheduler._enabledCallback(scheduler, key, {'enabled': False})
        enabled = BaseScheduler._enabledCallback(scheduler, key, {'enabled': True})
        tick.callback(None)
        self.successResultOf(disabled)
        self.successResultOf(enabled)
        self.assertEqual(did, ['deactivate', 'activate'])
        self.assertTrue(scheduler.enabled)

    def test_a_master_with_another_message_queue_behaves_as_stock(self):
        self.assertIsNone(hooks.member_of(types.SimpleNamespace(mq=types.SimpleNamespace(impl=object()))))
        self.assertIsNone(hooks.member_of(types.SimpleNamespace(mq=types.SimpleNamespace())))
