import datetime

from buildbot_quorate.event_relay import copy_message
from buildbot_quorate.mq import QuorateMQ
from twisted.trial import unittest as trial

THEN = datetime.datetime(2026, 11, 29, tzinfo=datetime.timezone.utc)


class Events(trial.SynchronousTestCase):
    def test_a_message_and_its_copy_can_be_changed_without_the_other(self):
        message = {'at': THEN, 'urls': [{'name': 'a'}], 'properties': {'branch': (['main'], 'test')}}
        duplicate = copy_message(message)
        self.assertEqual(duplicate, message)
        message['urls'][0]['name'] = 'b'
        message['properties']['branch'][0].append('other')
        self.assertEqual(duplicate, {'at': THEN, 'urls': [{'name': 'a'}], 'properties': {'branch': (['main'], 'test')}})

    def test_consumers_get_the_events_that_they_asked_for(self):
        mq, received = QuorateMQ(), []
        for wanted in (('builds', None, 'new'), ('builds', '7', None), ('builds', None, None), ('steps', None, 'new'),
                       ('builders', None, 'builds', None, 'new')):
            mq.startConsuming(lambda key, message, wanted=wanted: received.append(wanted), wanted)
        for debug in (False, True):
            mq.debug = debug
            mq.produce(('builds', '7', 'new'), {})
            mq.produce(('builds', '8', 'finished'), {})
        once = [('builds', None, 'new'), ('builds', '7', None), ('builds', None, None), ('builds', None, None)]
        self.assertEqual(received, once * 2)
