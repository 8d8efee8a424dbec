"""Events for the other masters: their form in JSON, and the queue in which they wait to be sent to the agent."""

import copy
import datetime
import math

from twisted.python import log

from buildbot_quorate import agent_link

MAX_WAITING = 50_000  # events; the oldest is dropped
MAX_BATCH = 200  # events in a request
MAX_BATCH_BYTES = 768 * 1024  # of a request: the agent takes lines of 1 MiB; one event may be as long
MAX_MESSAGE_BYTES = 256 * 1024  # a longer message is left out where the receiver can read it from the database
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


def to_text(keys, message):
    """Returns an event as JSON text; None if it is too long for the link.

    A long message, for example a change of 20 000 files, is left out if a key names its row: then the receivers read it
    from the database.
    """
    text = agent_link.to_text({'keys': keys, 'message': to_json(message)})
    if len(text) > MAX_MESSAGE_BYTES:
        row = next((key for key in keys if len(key) == 3 and key[1].isdigit()), None)
        if row is not None:
            return agent_link.to_text({'keys': [row]})
    return text if len(text) <= MAX_BATCH_BYTES else None


class Outbox:
    """Events for the other masters, which are sent in their order while the member's link is open."""

    def __init__(self, member):
        self.member = member
        self.waiting = []  # ([key as a list], message)
        self.busy = False  # a batch is on its way, or a timer will send one
        self.limit = MAX_BATCH  # events in the next request; less while one that the agent refuses is searched

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
        self.busy = False
        if not self.member.is_open:
            return
        texts, size, taken = [], 0, 0
        for keys, message in self.waiting[:self.limit]:
            text = to_text(keys, message)
            if text is not None and texts and size + len(text) > MAX_BATCH_BYTES:
                break
            taken += 1
            if text is None:
                log.msg(f'quorate: the other masters do not receive the event {keys[0]}: it is longer than '
                        f'{MAX_BATCH_BYTES} bytes')
            else:
                texts.append(text)
                size += len(text)
        batch, self.waiting = self.waiting[:taken], self.waiting[taken:]
        if texts:
            self.busy = True
            d = self.member.link.request_text('publish', '{"events":[' + ','.join(texts) + ']}')
            d.addCallbacks(self._acknowledged, self._failed, errbackArgs=(batch,))
        elif self.waiting:
            self.flush_after(0)

    def _acknowledged(self, _):
        self.limit = min(MAX_BATCH, 2 * self.limit)
        self.busy = False
        self.flush_after(0 if len(self.waiting) >= self.limit else GATHER)

    def _failed(self, failure, batch):
        """Keeps the batch for later. A batch that the agent refuses for good is halved, until one event is left out."""
        failure.trap(agent_link.Lost, agent_link.Refused)
        passes = (agent_link.NOT_NOW, agent_link.FENCED)
        refused = failure.check(agent_link.Refused) and failure.value.code not in passes
        if refused and len(batch) == 1:
            log.msg(f'quorate: the agent refuses the event {batch[0][0][0]}, and the other masters do not receive it: '
                    f'{failure.getErrorMessage()}')
        else:
            self.waiting = batch + self.waiting
        if refused:
            self.limit = max(1, len(batch) // 2)
        self.busy = False
        self.flush_after(0 if refused else 1)
