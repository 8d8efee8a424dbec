"""The link to the agent: JSON-RPC 2.0 over a Unix stream socket, one message in a line, as LINK.md specifies it."""

import json

from twisted.application import internet
from twisted.internet import defer
from twisted.internet import endpoints
from twisted.internet import error
from twisted.internet import protocol
from twisted.protocols import basic
from twisted.python import log

PROTOCOL = 1
ANSWER_WITHIN = 15  # s; an agent that does not answer for longer counts as lost
LAST_LOOK = 1  # s more, since after a stall the timer fires before the answer that has arrived is read

# error codes of LINK.md
NO_METHOD = -32601
NOT_NOW = -32000
FENCED = -32001
UNSUPPORTED = -32004


class Refused(Exception):
    """The agent answered a request with an error."""

    def __init__(self, error_code, message):
        super().__init__(message)
        self.code = error_code


class Lost(Exception):
    """The link was closed, or the agent did not answer in time. The outcome of the request is unknown."""


class LinkProtocol(basic.LineOnlyReceiver):
    """One connection to the agent.

    Calls ``owner.connected(self)``, ``owner.notified(method, params)`` and ``owner.disconnected(self, why)``.
    """

    delimiter = b'\n'
    MAX_LENGTH = 16 * 1024 * 1024  # bytes

    def __init__(self, owner, reactor):
        self.owner = owner
        self.reactor = reactor
        self.pending = {}  # request id → (Deferred, IDelayedCall)
        self.last_id = 0

    def connectionMade(self):
        self.owner.connected(self)

    def lineReceived(self, line):
        if not line.strip():
            return
        try:
            message = json.loads(line)
            if not isinstance(message, dict):
                raise ValueError('not a JSON object')
        except ValueError as e:
            self.close(f'the agent sent an invalid message ({e}): {line[:80]!r}')
            return
        if 'method' in message:
            self.owner.notified(message['method'], message.get('params') or {})
        else:
            self._response_received(message)

    def lineLengthExceeded(self, line):
        self.close(f'the agent sent a line of more than {self.MAX_LENGTH} bytes')

    def _response_received(self, message):
        answer, timer = self.pending.pop(message.get('id'), (None, None))
        failure = message.get('error')
        if answer is None:
            if failure:
                self.close(f'the agent refuses this buildmaster: {_error_text(failure)}')
            return
        timer.cancel()
        if failure:
            error_code = failure.get('code') if isinstance(failure, dict) else None
            answer.errback(Refused(error_code, _error_text(failure)))
        else:
            answer.callback(message.get('result'))

    def request(self, method, **params):
        """Sends a request. Returns a Deferred of its result, which fails with ``Refused`` or ``Lost``."""
        return self.request_text(method, to_text(params))

    def request_text(self, method, params):
        """Sends a request whose parameters are JSON text already, in ASCII."""
        if not self.connected:
            return defer.fail(Lost('the link is closed'))
        self.last_id += 1
        answer = defer.Deferred()
        timer = self.reactor.callLater(ANSWER_WITHIN, self._answer_late, self.last_id, method)
        self.pending[self.last_id] = (answer, timer)
        line = f'{{"jsonrpc":"2.0","id":{self.last_id},"method":"{method}","params":{params}}}'
        self.sendLine(line.encode('ascii'))
        return answer

    def _answer_late(self, request, method):
        answer, _ = self.pending[request]
        why = f'the agent did not answer {method} within {ANSWER_WITHIN} s'
        self.pending[request] = (answer, self.reactor.callLater(LAST_LOOK, self.close, why))

    def close(self, why):
        self.close_reason = why
        self.transport.abortConnection()

    close_reason = None

    def connectionLost(self, reason=protocol.connectionDone):
        why = self.close_reason or reason.getErrorMessage()
        answers, self.pending = self.pending, {}
        for answer, timer in answers.values():
            if timer.active():
                timer.cancel()
            answer.errback(Lost(why))
        self.owner.disconnected(self, why)


def to_text(value):
    """Returns a value as JSON text in ASCII, without spaces."""
    return json.dumps(value, separators=(',', ':'))


def _error_text(failure):
    return failure.get('message', '?') if isinstance(failure, dict) else str(failure)


class Connector:
    """Keeps a link to the agent: connects again with a growing pause, and logs a problem once."""

    def __init__(self, reactor, path, owner):
        self.last_logged = None
        self.failed_hellos = 0  # connections in a row on which the agent did not accept the hello
        factory = protocol.Factory.forProtocol(lambda: LinkProtocol(owner, reactor))
        factory.noisy = False
        self.service = internet.ClientService(
            endpoints.UNIXClientEndpoint(reactor, path, timeout=2), factory,
            retryPolicy=self._pause, clock=reactor)
        self.path = path

    def _pause(self, attempt):
        """Returns the pause before an attempt to connect, in seconds. It also grows while the agent refuses hellos."""
        return min(0.5, 0.1 * 1.5 ** min(20, max(attempt, self.failed_hellos)))

    def start(self):
        self.service.startService()
        d = self.service.whenConnected(failAfterFailures=1)
        d.addErrback(self._log_absence)

    def _log_absence(self, failure):
        failure.trap(error.ConnectError, defer.CancelledError, OSError)
        if not failure.check(defer.CancelledError):
            reason = failure.getErrorMessage()
            self.log_once(f'no agent answers at {self.path} ({reason}): nothing is started until one does')

    def stop(self):
        return defer.maybeDeferred(self.service.stopService)

    def log_once(self, sentence):
        """Logs a sentence unless it is the one that was logged last."""
        if sentence != self.last_logged:
            self.last_logged = sentence
            log.msg(f'quorate: {sentence}')
