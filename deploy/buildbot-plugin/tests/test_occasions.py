import importlib
import pkgutil
import types

import buildbot.changes
import buildbot.schedulers
import sqlalchemy as sa
from buildbot.interfaces import IScheduler
from buildbot.mq.connector import MQConnector
from buildbot.schedulers.dependent import Dependent
from buildbot.schedulers.timed import NightlyTriggerable
from buildbot.schedulers.timed import Periodic
from buildbot.util.service import ClusteredBuildbotService
from buildbot_quorate import db_session
from buildbot_quorate import occasions
from buildbot_quorate import patches
from twisted.internet import defer
from twisted.internet import task
from twisted.trial import unittest as trial

from tests import fakes


class Scheduler:
    """A scheduler with an own state and own changes, in memory."""

    name = 'changed'

    def __init__(self, member, changes=()):
        self.states = {}
        self.buildsets = []
        self.arrived = []
        self._change_consumption_lock = defer.DeferredLock()
        self.consumer = types.SimpleNamespace(
            callback=lambda key, msg: occasions.change_arrived(self.original, self, key, msg))
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


class Changes(trial.SynchronousTestCase):
    def test_a_new_scheduler_begins_with_the_changes_to_come(self):
        scheduler = Scheduler(None, [1, 2, 3])
        occasions.catch_up_changes(scheduler)
        self.assertEqual(scheduler.arrived, [])
        scheduler.event(4)
        self.assertEqual(scheduler.arrived, [4])

    def test_the_next_owner_gets_the_changes_that_arrived_while_nobody_owned_the_scheduler(self):
        first = Scheduler(None, [1])
        occasions.catch_up_changes(first)
        first.event(2)
        second = Scheduler(None, [1, 2, 3, 4])
        second.states = first.states
        occasions.catch_up_changes(second)
        self.assertEqual(second.arrived, [3, 4])

    def test_a_change_is_given_to_a_scheduler_once_by_an_event_or_from_the_database(self):
        scheduler = Scheduler(None)
        occasions.catch_up_changes(scheduler)
        scheduler.event(1)
        scheduler.event(1)
        occasions.catch_up_changes(scheduler)
        self.assertEqual(scheduler.arrived, [1])

    def test_an_event_before_the_state_is_read_is_not_lost(self):
        scheduler = Scheduler(None)
        scheduler.states['quorate_changes'] = {'first': 0, 'done': []}
        scheduler.event(1)
        self.assertEqual(scheduler.arrived, [])
        occasions.catch_up_changes(scheduler)
        self.assertEqual(scheduler.arrived, [1])

    def test_a_change_that_committed_late_is_found(self):
        scheduler = Scheduler(None)
        occasions.catch_up_changes(scheduler)
        scheduler.event(6)
        scheduler.changes.append(5)
        occasions.catch_up_changes(scheduler)
        self.assertEqual(scheduler.arrived, [6, 5])

    def test_a_change_that_is_not_finished_is_not_stored_as_done(self):
        scheduler = Scheduler(None)
        occasions.catch_up_changes(scheduler)
        unfinished = defer.Deferred()
        scheduler.original = lambda key, msg: unfinished
        scheduler.event(1)
        scheduler.original = Scheduler.original.__get__(scheduler)
        scheduler.event(2)
        self.assertEqual(scheduler.states['quorate_changes']['done'], [2])
        unfinished.callback(None)
        self.assertEqual(scheduler.states['quorate_changes']['done'], [1, 2])

    def test_a_scheduler_gets_no_changes_that_arrived_while_it_was_disabled(self):
        scheduler = Scheduler(None, [1])
        occasions.catch_up_changes(scheduler)
        occasions.disabled(scheduler)
        scheduler.changes.append(2)
        occasions.catch_up_changes(scheduler)
        self.assertEqual(scheduler.arrived, [])

    def test_a_scheduler_that_fails_at_a_change_gets_the_next_one_and_never_that_one_again(self):
        scheduler = Scheduler(None)
        occasions.catch_up_changes(scheduler)
        scheduler.changes += [1, 2]
        original = scheduler.original
        scheduler.original = lambda key, msg: (
            defer.fail(OSError('no disk')) if msg['changeid'] == 1 else original(key, msg))
        self.successResultOf(occasions.catch_up_changes(scheduler))
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)
        self.successResultOf(occasions.catch_up_changes(scheduler))
        self.assertEqual(scheduler.arrived, [2])

    def test_a_scheduler_with_its_own_change_callback_gets_a_change_once_more_and_not_with_each_sweep(self):
        scheduler = Scheduler(None)
        occasions.catch_up_changes(scheduler)
        scheduler.consumer.callback = scheduler.original
        scheduler.event(1)
        for _ in range(3):
            self.successResultOf(occasions.catch_up_changes(scheduler))
        self.assertEqual(scheduler.arrived, [1, 1])
        self.assertEqual(scheduler.states['quorate_changes']['done'], [1])


class Buildsets(trial.SynchronousTestCase):
    def setUp(self):
        self.member, _ = fakes.joined()
        self.member.owned['changed'] = 12
        self.scheduler = Scheduler(self.member)
        self.properties = None

    def add(self, *args, properties=None, **kwargs):
        self.properties = properties
        return defer.succeed((5, {1: 7}))

    def occasion(self, original):
        return occasions.call_with_occasion(
            self.scheduler, 'change 17', occasions.add_buildset, original, self.scheduler, self.member)

    def test_a_buildset_carries_its_occasion_and_the_term(self):
        self.assertEqual(self.successResultOf(self.occasion(self.add)), (5, {1: 7}))
        self.assertEqual(self.properties.asDict()['quorate.occasion'],
                         ({'scheduler': 'changed', 'term': 12, 'occasion': 'change 17'}, 'quorate'))

    def named(self, scheduler, *handled):
        """Adds a buildset for each of these occasions; returns the names that the buildsets carry."""
        names = []

        def add(properties=None):
            names.append(properties.getProperty('quorate.occasion')['occasion'])
            return defer.succeed((5, {1: 7}))
        for occasion in handled:
            self.successResultOf(occasions.call_with_occasion(
                scheduler, occasion, occasions.add_buildset, add, scheduler, self.member))
        return names

    def test_each_buildset_that_one_handling_of_an_occasion_makes_has_a_name_of_its_own(self):
        names = self.named(self.scheduler, 'change 17', 'change 18', 'change 17', 'change 17')
        self.assertEqual(names, ['change 17', 'change 18', 'change 17 #2', 'change 17 #3'])

    def test_an_owner_that_handles_an_occasion_once_more_gives_its_buildsets_the_same_names(self):
        first = self.named(self.scheduler, 'change 17', 'change 17')
        self.assertEqual(self.named(Scheduler(self.member), 'change 17', 'change 17'), first)
        occasions.deactivated(self.scheduler)
        self.assertEqual(self.named(self.scheduler, 'change 17', 'change 17'), first)

    def test_a_change_that_a_sweep_gives_once_more_makes_no_other_buildsets(self):
        occasions.catch_up_changes(self.scheduler)
        names = []
        self.consume = lambda key, msg: names.append(self.named(self.scheduler, 'change 1', 'change 1'))
        self.consume(None, None)  # a _changeCallback of the site's own, at the event
        self.scheduler.consumer.callback = self.consume
        self.scheduler.changes.append(1)
        occasions.catch_up_changes(self.scheduler)
        self.assertEqual(names, [['change 1', 'change 1 #2']] * 2)

    def test_an_upstream_buildset_that_is_handled_once_more_makes_no_other_buildset(self):
        names = []
        scheduler = self.scheduler

        def add_buildset(**_):
            names.extend(self.named(scheduler, occasions.current(scheduler)))
            return defer.fail(OSError('the database is away'))
        scheduler.__dict__.update(
            _getUpstreamBuildsets=lambda: defer.succeed([(3, [7], True, 0)]),
            addBuildsetForSourceStamps=add_buildset, _subscription_lock=defer.DeferredLock())
        for _ in range(2):
            self.failureResultOf(occasions.schedule_downstream(scheduler, 3), OSError)
        self.assertEqual(names, ['buildset 3', 'buildset 3'])

    def test_an_occasion_is_forgotten_when_many_came_after_it(self):
        self.named(self.scheduler, *(f'change {number}' for number in range(occasions.MAX_COUNTS + 5)))
        self.assertEqual(len(self.scheduler._quorate_counts), occasions.MAX_COUNTS)

    def test_a_buildset_without_an_occasion_is_as_stock(self):
        self.successResultOf(occasions.add_buildset(self.add, self.scheduler, self.member))
        self.assertIsNone(self.properties)

    def test_a_buildset_that_its_occasion_has_already_is_no_error(self):
        clash = sa.exc.IntegrityError(
            'insert', {}, Exception('duplicate key value violates unique constraint "tick_pkey"'))
        self.assertEqual(self.successResultOf(self.occasion(lambda *a, **k: defer.fail(clash))), (None, {}))

    def test_any_other_integrity_error_is_raised(self):
        clash = sa.exc.IntegrityError('insert', {}, Exception('buildsets_pkey'))
        self.failureResultOf(self.occasion(lambda *a, **k: defer.fail(clash)), sa.exc.IntegrityError)

    def test_a_master_that_does_not_own_the_scheduler_adds_no_buildset(self):
        del self.member.owned['changed']
        self.failureResultOf(self.occasion(self.add), occasions.NotOwned)
        self.assertIsNone(self.properties)

    def test_a_dependent_scheduler_passes_its_priority_if_it_has_one(self):
        for priority in ({}, {'priority': 5}):
            added = []
            scheduler = types.SimpleNamespace(
                _getUpstreamBuildsets=lambda: defer.succeed([(3, [7], True, 0)]),
                addBuildsetForSourceStamps=lambda **kwargs: defer.succeed(added.append(kwargs)),
                _removeUpstreamBuildsets=lambda ended: defer.succeed(None),
                _cached_upstream_bsids=[], setState=lambda name, value: defer.succeed(None),
                _subscription_lock=defer.DeferredLock(), **priority)
            self.successResultOf(occasions.schedule_downstream(scheduler, 3))
            self.assertEqual(added, [{'sourcestamps': [7], 'reason': 'downstream', **priority}])

    def test_a_tick_that_was_refused_is_undone_for_the_next_owner(self):
        self.scheduler.lastActuated = 1795572000.25
        self.scheduler._quorate_last_build = 1795568400.0
        self.successResultOf(occasions.tick(lambda: defer.fail(occasions.NotOwned('no')), self.scheduler))
        self.assertEqual(self.scheduler.states, {'last_build': 1795568400.0})

    def test_a_trigger_that_waited_for_a_refused_tick_waits_for_the_next_owner(self):
        states = {'lastTrigger': [['stamp'], {}, None, None]}
        scheduler = NightlyTriggerable.__new__(NightlyTriggerable)
        scheduler.__dict__.update(
            name='nightly', lastActuated=1795572000.25, _quorate_last_build=None,
            setState=lambda name, value: defer.succeed(states.update({name: value})),
            getState=lambda name, default: defer.succeed(states.get(name, default)))

        def refused():
            states['lastTrigger'] = None  # stock does this before it adds the buildset
            return defer.fail(occasions.NotOwned('no'))
        self.successResultOf(occasions.tick(refused, scheduler))
        self.assertEqual(states['lastTrigger'], [['stamp'], {}, None, None])

    def test_a_tick_that_fails_for_another_reason_is_an_error(self):
        self.scheduler.lastActuated = 1795572000.25
        self.scheduler._quorate_last_build = None
        failed = occasions.tick(lambda: defer.fail(OSError('no disk')), self.scheduler)
        self.failureResultOf(failed, OSError)

    def test_a_tick_is_named_by_its_planned_second(self):
        named = []
        self.scheduler.lastActuated = 1795572000.25
        self.scheduler._quorate_last_build = None
        self.successResultOf(occasions.tick(
            lambda: defer.succeed(named.append(occasions.current(self.scheduler))), self.scheduler))
        self.assertEqual(named, ['at 2026-11-25T02:00:00Z'])
        self.assertIsNone(occasions.current(self.scheduler))


# replaced in schedulers; the first three also in change sources
REPLACED = (
    '_activityPoll', '_claimService', '_unclaimService', 'addBuildsetForSourceStamps', 'addBuildsetForChanges',
    '_changeCallback', '_enabledCallback', '_actuate', 'startBuild', '_checkCompletedBuildsets')


def clustered_services(*packages):
    """Yields the classes of clustered services that the modules of these packages define."""
    for package in packages:
        for module in pkgutil.iter_modules(package.__path__, package.__name__ + '.'):
            for cls in vars(importlib.import_module(module.name)).values():
                own = isinstance(cls, type) and cls.__module__ == module.name
                if own and issubclass(cls, ClusteredBuildbotService):
                    yield cls


class Patches(trial.SynchronousTestCase):
    def test_every_method_that_is_replaced_is_there_in_the_installed_buildbot_and_replaced_once(self):
        patches.install()  # raises if a method is missing
        self.assertIn('quorate', MQConnector.classes)
        from buildbot.process.buildrequestdistributor import BuildRequestDistributor
        once = BuildRequestDistributor.maybeStartBuildsOn
        patches.install()
        self.assertIs(BuildRequestDistributor.maybeStartBuildsOn, once)

    def test_each_scheduler_and_change_source_of_the_installed_buildbot_has_the_replaced_methods(self):
        patches.install()
        found = set()
        for cls in clustered_services(buildbot.schedulers, buildbot.changes):
            for name in REPLACED:
                method = getattr(cls, name, None)
                if method is not None:
                    self.assertEqual(method.__code__.co_filename, patches.__file__, f'{cls.__qualname__}.{name}')
                    found.add((name, IScheduler.implementedBy(cls)))
        owned = {(name, False) for name in REPLACED[:3]}
        self.assertEqual(found, owned | {(name, True) for name in REPLACED})

    def test_a_dependent_scheduler_starts_though_what_it_missed_cannot_be_read(self):
        patches.install()
        self.patch(occasions, 'add_missed_upstream', lambda scheduler: defer.fail(OSError('no disk')))
        member = types.SimpleNamespace(owns=lambda _: False)
        master = types.SimpleNamespace(mq=types.SimpleNamespace(impl=types.SimpleNamespace(member=member)))
        scheduler = Dependent.__new__(Dependent)
        started = defer.Deferred()
        scheduler.__dict__.update(
            parent=types.SimpleNamespace(master=master), name='after', serviceid=7, active=False,
            _startServiceDeferred=started)
        self.successResultOf(scheduler._activityPoll())
        self.successResultOf(started)
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)

    def test_a_timed_scheduler_plans_by_the_databases_clock(self):
        patches.install()
        clock = db_session.DatabaseClock(lambda: 100.0)
        clock.read(1795572000.5)
        self.patch(db_session, 'clock', clock)
        member, _ = fakes.joined()
        reactor = task.Clock()
        reactor.advance(1795572300)  # five minutes ahead
        scheduler = Periodic('each hour', ['linux'], periodicBuildTimer=3600)
        scheduler.parent = types.SimpleNamespace(
            master=types.SimpleNamespace(mq=types.SimpleNamespace(impl=types.SimpleNamespace(member=member)),
                                         reactor=reactor))
        scheduler._reactor = reactor
        scheduler.lastActuated = 1795568401.0
        scheduler.periodicBuildTimer = 3600  # set by the constructor, and by reconfigService since Buildbot 4.3

        self.successResultOf(scheduler._scheduleNextBuild_locked())
        self.assertEqual(scheduler.actuateAt, 1795572001.0)
        self.assertEqual(reactor.getDelayedCalls()[0].getTime() - reactor.seconds(), 0.5)

    def test_enabling_a_scheduler_that_another_master_owns_does_not_activate_it_here(self):
        patches.install()
        member, _ = fakes.joined()
        master = types.SimpleNamespace(mq=types.SimpleNamespace(impl=types.SimpleNamespace(member=member)))
        activated = []
        scheduler = types.SimpleNamespace(
            master=master, name='changed', enabled=False, activate=lambda: activated.append(1), _quorate_seen=None)
        self.successResultOf(Periodic._enabledCallback(scheduler, ('schedulers', '1', 'updated'), {'enabled': True}))
        self.assertEqual(activated, [])
        self.assertTrue(scheduler.enabled)

    def test_a_scheduler_that_is_disabled_during_a_tick_and_enabled_again_stays_enabled(self):
        patches.install()
        self.patch(occasions, 'sweep', lambda _: defer.succeed(None))
        self.patch(occasions, 'disabled', lambda _: defer.succeed(None))
        member = types.SimpleNamespace(owns=lambda _: True)
        master = types.SimpleNamespace(mq=types.SimpleNamespace(impl=types.SimpleNamespace(member=member)))
        did, tick = [], defer.Deferred()
        scheduler = types.SimpleNamespace(
            master=master, name='periodic', enabled=True,
            activate=lambda: defer.succeed(did.append('activate')),
            deactivate=lambda: tick.addCallback(lambda _: did.append('deactivate')))
        key = ('schedulers', '1', 'updated')
        disabled = Periodic._enabledCallback(scheduler, key, {'enabled': False})
        enabled = Periodic._enabledCallback(scheduler, key, {'enabled': True})
        tick.callback(None)
        self.successResultOf(disabled)
        self.successResultOf(enabled)
        self.assertEqual(did, ['deactivate', 'activate'])
        self.assertTrue(scheduler.enabled)

    def test_a_master_with_another_message_queue_behaves_as_stock(self):
        self.assertIsNone(patches.member_of(types.SimpleNamespace(mq=types.SimpleNamespace(impl=object()))))
        self.assertIsNone(patches.member_of(types.SimpleNamespace(mq=types.SimpleNamespace())))
