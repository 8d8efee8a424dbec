import types

from buildbot_quorate import state_strings
from buildbot_quorate import db_thread
from twisted.internet import defer
from twisted.internet import task
from twisted.trial import unittest as trial

from tests import fakes


class StateStrings(trial.SynchronousTestCase):
    def setUp(self):
        self.done = []  # what was written or produced, in its order
        self.slow = None  # a Deferred for which each write waits
        pool = fakes.Pool()
        self.updates = types.SimpleNamespace()
        for name, of in (('setBuildStateString', 'buildid, state_string'), ('generateNewBuildEvent', 'buildid'),
                         ('finishBuild', 'buildid, results'), ('setStepStateString', 'stepid, state_string'),
                         ('finishStep', 'stepid, results, hidden')):
            scope = {'update': self.update, 'name': name}
            exec(f'def method({of}):\n    return update(name, {of})', scope)
            setattr(self.updates, name, scope['method'])
        component = types.SimpleNamespace(
            setBuildStateString=lambda buildid, state_string: defer.succeed(
                self.done.append(('row', buildid, state_string))))
        self.clock = task.Clock()
        state_strings.install(types.SimpleNamespace(
            data=types.SimpleNamespace(updates=self.updates), db=types.SimpleNamespace(pool=pool, builds=component),
            reactor=self.clock))

    def update(self, name, *args):
        added = [value for table in ('builds', 'steps') for value in db_thread.values_to_add(table).values()]
        self.done.append((name, *args, *added))
        return self.slow or defer.succeed('done')

    def test_a_state_string_that_is_replaced_within_the_delay_is_not_written(self):
        for state_string in ('starting', 'acquiring locks', 'building'):
            self.assertIsNone(self.successResultOf(self.updates.setBuildStateString(7, state_string)))
        self.updates.setStepStateString(stepid=7, state_string='running')
        self.assertEqual(self.done, [])
        self.clock.advance(state_strings.DELAY)
        self.assertEqual(self.done, [('setBuildStateString', 7, 'building'), ('setStepStateString', 7, 'running')])
        self.clock.advance(10)
        self.assertEqual(len(self.done), 2)

    def test_the_last_state_string_is_written_with_the_end_of_the_build_or_step(self):
        self.updates.setBuildStateString(7, 'building')
        self.updates.setBuildStateString(7, 'build successful')
        self.assertEqual(self.successResultOf(self.updates.finishBuild(7, results=0)), 'done')
        self.updates.setStepStateString(5, 'ls')
        self.updates.finishStep(5, 0, False)
        self.clock.advance(10)
        self.assertEqual(self.done, [('finishBuild', 7, 0, 'build successful'), ('finishStep', 5, 0, False, 'ls')])

    def test_an_event_of_a_build_that_writes_nothing_has_the_last_state_string(self):
        self.updates.setBuildStateString(7, 'starting')
        self.updates.generateNewBuildEvent(7)
        self.assertEqual(self.done, [('row', 7, 'starting'), ('generateNewBuildEvent', 7)])

    def test_an_end_without_a_pending_state_string_is_as_in_stock(self):
        self.updates.setBuildStateString(8, 'starting')
        self.updates.finishBuild(7, 0)
        self.assertEqual(self.done, [('finishBuild', 7, 0)])

    def test_the_end_waits_for_a_state_string_that_is_being_written_so_that_the_last_one_stays(self):
        self.slow = defer.Deferred()
        self.updates.setBuildStateString(7, 'building')
        self.clock.advance(state_strings.DELAY)
        slow, self.slow = self.slow, None
        self.updates.setBuildStateString(7, 'build successful')
        self.clock.advance(state_strings.DELAY)
        end = self.updates.finishBuild(7, 0)
        self.assertEqual(self.done, [('setBuildStateString', 7, 'building')])
        self.assertNoResult(end)
        slow.callback(None)
        self.assertEqual(self.done[1:], [('finishBuild', 7, 0, 'build successful')])
        self.assertEqual(self.successResultOf(end), 'done')

    def test_a_state_string_that_cannot_be_written_is_logged_and_delays_nothing(self):
        self.slow = defer.fail(OSError('epoch 7 is over'))
        self.updates.setBuildStateString(7, 'building')
        self.clock.advance(state_strings.DELAY)
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)
        self.slow = None
        self.assertEqual(self.successResultOf(self.updates.finishBuild(7, 0)), 'done')
