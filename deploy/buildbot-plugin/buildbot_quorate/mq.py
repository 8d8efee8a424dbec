"""The message queue of a clustered master.

It works locally as Buildbot's ``simple``, and its events are relayed to the other masters by the agents.
"""

import functools
import os

from buildbot.mq import simple
from buildbot.util.tuplematch import matchTuple
from twisted.internet import defer

from buildbot_quorate import cancels
from buildbot_quorate import db_thread
from buildbot_quorate import state_strings
from buildbot_quorate.build_properties import set_build_properties
from buildbot_quorate.event_relay import from_json
from buildbot_quorate.membership import Member

# (part of the key, event): many in a second, and other masters can read what changed when they need it
NOT_RELAYED = {('logs', 'append'), ('properties', 'update'), ('steps', 'updated')}


def is_relayed(key):
    event = key[-1]
    return not any((part, event) in NOT_RELAYED for part in key[:-1])


class QuorateMQ(simple.SimpleMQ):
    """The queue of ``c['mq'] = {'type': 'quorate'}``: see ``buildbot_quorate.join``."""

    member = None
    reporters = 'all'
    origin = None  # the masterid whose event is being delivered; None while it is this master's own

    def reconfigServiceWithBuildbotConfig(self, new_config):
        self.reporters = new_config.mq.get('reporters', 'all')
        if self.member is None:
            path = new_config.mq.get('link') or os.environ.get('QUORATE_LINK')
            self.member = Member(self.master, self, path)
            # not in patches.py: the data connector collects its update methods before master.cfg is read
            db_thread.replace_updates(self.master)
            state_strings.install(self.master)
            self.master.data.updates.setBuildProperties = functools.partial(set_build_properties, self.master)
        else:
            self.member.reconfigured()
        return super().reconfigServiceWithBuildbotConfig(new_config)

    @defer.inlineCallbacks
    def stopService(self):
        if self.member is not None:
            yield self.member.stop()
        yield super().stopService()

    def produce(self, routingKey, data):
        db_thread.call_in_reactor(self._produce, routingKey, data)

    def _produce(self, routingKey, data):
        self._call_consumers(routingKey, data)
        if self.member is None:
            return
        if is_relayed(routingKey):
            self.member.publish(routingKey, data)
        if cancels.is_wish(routingKey) and self.member.epoch is not None:
            cancels.note(self.master, routingKey, data)

    @defer.inlineCallbacks
    def arrived(self, event, masterid):
        """Delivers an event of another master: ``{'keys': [[str]], 'message': …}``.

        An event without a message reports a change that Quorate itself made; the message is read from the database.
        """
        keys = [tuple(key) for key in event['keys']]
        if event.get('message') is None:
            yield self._deliver_from_database(keys[0], masterid)
            return
        message = from_json(event['message'])
        for key in keys:
            self._deliver(masterid, key, message)

    def _deliver(self, masterid, key, message):
        """Calls the consumers before it returns, so that a reporter can read ``origin``."""
        self.origin = masterid
        try:
            self._call_consumers(key, message)
        finally:
            self.origin = None

    def _call_consumers(self, key, message):
        """Does what ``SimpleMQ.produce`` does (buildbot/mq/simple.py), but skips consumers of other events early."""
        if self.debug:
            super().produce(key, message)
            return
        length, event = len(key), key[-1]
        for consumer in self.qrefs:
            wanted = consumer.filter
            if len(wanted) == length and wanted[-1] in (None, event) and matchTuple(key, wanted):
                self.invokeQref(consumer, key, message)

    @defer.inlineCallbacks
    def _deliver_from_database(self, key, masterid):
        kind, number, event = key
        data = yield self.master.data.get((kind, number))
        if data is None:
            return
        rtype = getattr(self.master.data.rtypes, kind[:-1])
        for path in rtype.eventPaths:
            self._deliver(masterid, (*path.format(**data).split('/'), event), data)
