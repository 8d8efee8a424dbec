"""Events for the other masters: their form in JSON, and the queue in which they wait to be sent to the agent."""

import copy
import datetime
import math

from buildbot_quorate import agent_link

MAX_WAITING = 50_000  # events; the oldest is dropped
MAX_BATCH = 200  # events in a request
PAUSE = 0.01  # s before the first batch: events of one turn of the reactor are sent together
GATHER = 0.05  # s between batches that are not full


# values that are the same in a copy
IMMUTABLE = frozenset((str, int, bool, type(None), float, datetime.datetime))
# and in JSON: a float may be infinite or no number
PLAIN = IMMUTABLE - {float, datetime.datetime}


def copy_message(message):
    """Replaces ``copy.deepcopy`` for messages: that takes fifty times as long for a datetime as for a string."""
    if type(message) in IMMUTABLE:
        return message
    if type(message) is dict:
        return {k: copy_message(v) for k, v in message.items()}
    if type(message) is list:
        return [copy_message(v) for v in message]
    return copy.deepcopy(message)


def to_json(value):
    """Returns a message as values that JSON can hold.

    A datetime becomes ``{'$time': seconds since 1970}``, bytes become text, a float that is not finite becomes null,
    and an object of another type becomes its ``str``.
    """
    if type(value) in PLAIN:
        return value
    if isinstance(value, datetime.datetime):
        return {'$time': value.timestamp()}
    if isinstance(value, dict):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [to_json(v) for v in value]
    if isinstance(value, bytes):
        return value.decode(errors='replace')
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def from_json(value):
    """Returns a message with its datetimes, in UTC."""
    if isinstance(value, dict):
        if set(value) == {'$time'}:
            return datetime.datetime.fromtimestamp(value['$time'], datetime.timezone.utc)
        return {k: from_json(v) for k, v in value.items()}
    return [from_json(v) for v in value] if isinstance(value, list) else value


class Outbox:
    """Events for the other masters, which are sent in their order while the member's link is open."""

    def __init__(self, member):
        self.member = member
        self.waiting = []  # ([key as a list], message)
        self.busy = False  # a batch is on its way, or a timer will send one

    def put(self, key, message):
        """Adds an event. Consecutive keys of one message become one event."""
        if self.waiting and self.waiting[-1][1] is message:
            self.waiting[-1][0].append(list(key))
            return
        if len(self.waiting) >= MAX_WAITING:
            del self.waiting[0]
        self.waiting.append(([list(key)], message))
        if not self.busy:
            self.flush_after(PAUSE)

    def flush_after(self, seconds):
        if self.member.is_open:
            self.busy = True
            self.member.master.reactor.callLater(seconds, self.flush)

    def flush(self):
        """Sends a batch. If the link is lost before the answer, the batch is sent again, which harms no receiver."""
        batch, self.waiting = self.waiting[:MAX_BATCH], self.waiting[MAX_BATCH:]
        self.busy = self.member.is_open and bool(batch)
        if not self.busy:
            self.waiting = batch + self.waiting
            return
        d = self.member.link.request('publish', events=[{'keys': k, 'message': to_json(m)} for k, m in batch])
        d.addCallbacks(self._acknowledged, self._failed, errbackArgs=(batch,))

    def _acknowledged(self, _):
        self.busy = False
        self.flush_after(0 if len(self.waiting) >= MAX_BATCH else GATHER)

    def _failed(self, failure, batch):
        failure.trap(agent_link.Lost, agent_link.Refused)
        self.waiting = batch + self.waiting
        self.busy = False
        self.flush_after(1)
