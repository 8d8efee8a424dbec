import threading
import types

from buildbot.data.connector import DataConnector
from buildbot.util.pathmatch import Matcher
from buildbot_quorate import db_thread
from buildbot_quorate.mq import QuorateMQ
from twisted.internet import defer
from twisted.trial import unittest as trial

from tests import fakes


class Together(trial.SynchronousTestCase):
    def setUp(self):
        self.pool = fakes.Pool()
        self.master = types.SimpleNamespace(db=types.SimpleNamespace(pool=self.pool))
        self.said = []

    def say(self, word):
        db_thread.call_in_reactor(lambda: self.said.append((word, threading.current_thread())))

    def run_(self, method, *args):
        return db_thread.run(self.master, method, *args)

    def test_a_method_is_whole_on_one_thread_and_what_it_says_is_said_in_that_of_the_reactor(self):
        at = []

        @defer.inlineCallbacks
        def update(buildid):
            yield self.pool.do(lambda connection: at.append(threading.current_thread()))
            self.say('new')
            row = yield self.pool.do(lambda connection: at.append(threading.current_thread()) or {'id': buildid})
            self.say('started')
            return row

        self.assertEqual(self.successResultOf(self.run_(update, 7)), {'id': 7})
        self.assertEqual(at, [self.pool.threads[0]] * 2)
        self.assertEqual(self.said, [('new', threading.current_thread()), ('started', threading.current_thread())])

    def test_consumers_of_the_message_queue_are_called_in_the_reactor_s_thread(self):
        mq, heard = QuorateMQ(), []
        mq.startConsuming(lambda key, message: heard.append((key, message, threading.current_thread())), ('builds', None, 'new'))
        self.successResultOf(self.run_(lambda: defer.succeed(mq.produce(('builds', '7', 'new'), {'buildid': 7}))))
        self.assertEqual(heard, [(('builds', '7', 'new'), {'buildid': 7}, threading.current_thread())])

    def test_one_within_another_is_on_the_same_thread(self):
        self.successResultOf(self.run_(lambda: self.run_(lambda: defer.succeed(self.say('complete')))))
        self.assertEqual(len(self.pool.threads), 1)
        self.assertEqual([word for word, _ in self.said], ['complete'])

    def test_what_was_said_before_an_error_is_said_and_the_error_is_the_caller_s(self):
        def refused(connection):
            raise OSError('epoch 7 is over')

        @defer.inlineCallbacks
        def update():
            self.say('new')
            yield self.pool.do(refused)

        self.failureResultOf(self.run_(update), OSError)
        self.flushLoggedErrors(OSError)  # the pool says it
        self.assertEqual([word for word, _ in self.said], ['new'])
        self.assertFalse(db_thread.is_current())

    def test_a_method_that_waits_for_something_else_is_an_error_and_not_a_wait_for_ever(self):
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

    def test_they_are_update_methods_of_the_installed_buildbot(self):
        data = type('Connector', (DataConnector,), {'master': self.master})()
        data._setup()
        self.master.data = data
        stock = {name: getattr(data.updates, name) for name in db_thread.UPDATES}
        db_thread.replace_updates(self.master)
        for name, method in stock.items():
            self.assertTrue(method.isUpdateMethod)
            self.assertIs(getattr(data.updates, name).args[1], method)
