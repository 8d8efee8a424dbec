import threading
import types

from buildbot.data.connector import DataConnector
from buildbot.util.pathmatch import Matcher
from buildbot_quorate import db_thread
from buildbot_quorate.mq import QuorateMQ
from twisted.internet import defer
from twisted.trial import unittest as trial

from tests import fakes


class DatabaseThread(trial.SynchronousTestCase):
    def setUp(self):
        self.pool = fakes.Pool()
        self.master = types.SimpleNamespace(db=types.SimpleNamespace(pool=self.pool))
        self.produced = []

    def produce(self, word):
        db_thread.call_in_reactor(lambda: self.produced.append((word, threading.current_thread())))

    def run_(self, method, *args):
        return db_thread.run(self.master, method, *args)

    def test_a_method_runs_as_a_whole_on_one_thread_and_its_events_are_produced_in_the_reactor_s(self):
        at = []

        @defer.inlineCallbacks
        def update(buildid):
            yield self.pool.do(lambda connection: at.append(threading.current_thread()))
            self.produce('new')
            row = yield self.pool.do(lambda connection: at.append(threading.current_thread()) or {'id': buildid})
            self.produce('started')
            return row

        self.assertEqual(self.successResultOf(self.run_(update, 7)), {'id': 7})
        self.assertEqual(at, [self.pool.threads[0]] * 2)
        self.assertEqual(self.produced, [('new', threading.current_thread()), ('started', threading.current_thread())])

    def test_consumers_of_the_message_queue_are_called_in_the_reactor_s_thread(self):
        mq, received = QuorateMQ(), []
        mq.startConsuming(
            lambda key, message: received.append((key, message, threading.current_thread())), ('builds', None, 'new'))
        self.successResultOf(self.run_(lambda: defer.succeed(mq.produce(('builds', '7', 'new'), {'buildid': 7}))))
        self.assertEqual(received, [(('builds', '7', 'new'), {'buildid': 7}, threading.current_thread())])

    def test_a_method_within_another_runs_on_the_same_thread(self):
        self.successResultOf(self.run_(lambda: self.run_(lambda: defer.succeed(self.produce('complete')))))
        self.assertEqual(len(self.pool.threads), 1)
        self.assertEqual([word for word, _ in self.produced], ['complete'])

    def test_the_events_before_an_error_are_produced_and_the_caller_gets_the_error(self):
        def refused(connection):
            raise OSError('epoch 7 is over')

        @defer.inlineCallbacks
        def update():
            self.produce('new')
            yield self.pool.do(refused)

        self.failureResultOf(self.run_(update), OSError)
        self.flushLoggedErrors(OSError)  # the pool logs it
        self.assertEqual([word for word, _ in self.produced], ['new'])
        self.assertFalse(db_thread.is_current())

    def test_a_method_that_waits_for_something_else_than_the_database_fails_instead_of_hanging(self):
        self.failureResultOf(self.run_(defer.Deferred), RuntimeError)

    def test_the_paths_of_the_data_api_are_whole_at_every_moment(self):
        self.patch(Matcher, '_compile', Matcher._compile)
        db_thread.install()
        matcher = Matcher()
        matcher[('builds', 'n:buildid')] = 'build'
        self.assertEqual(matcher[('builds', '7')], ('build', {'buildid': 7}))
        compiled = matcher._by_length
        matcher[('builds', '8')]
        self.assertIs(matcher._by_length, compiled)
        matcher[('steps', 'n:stepid')] = 'step'
        self.assertEqual(matcher[('steps', '9')], ('step', {'stepid': 9}))

    def test_the_replaced_methods_are_update_methods_of_the_installed_buildbot(self):
        data = type('Connector', (DataConnector,), {'master': self.master})()
        data._setup()
        self.master.data = data
        stock = {name: getattr(data.updates, name) for name in db_thread.UPDATES}
        db_thread.replace_updates(self.master)
        for name, method in stock.items():
            self.assertTrue(method.isUpdateMethod)
            self.assertIs(getattr(data.updates, name).args[1], method)
