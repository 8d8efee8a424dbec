"""The lease of a master: until when its builds may run, and the socket on which the agent extends it.

A reactor that stands still reads nothing from the link. So the lease comes on a socket of its own too, which a thread
reads: a master whose reactor is busy for long keeps its builds. LINK.md specifies what the agent sends there.
"""

import json
import os
import select
import socket
import threading
import time

from twisted.python import log

RECONNECT = 0.5  # s
LONGEST_LINE = 64 * 1024  # bytes


class Lease:
    """Until when this master may build, in seconds of CLOCK_MONOTONIC. Thread-safe."""

    def __init__(self, clock=time.monotonic):
        self.clock = clock
        self.lock = threading.Lock()
        self.expires = 0.0
        self.is_ended = False

    def begin(self, until):
        """Begins to count again, also after ``end``: the agent has answered hello."""
        with self.lock:
            self.is_ended = False
            self.expires = max(self.expires, until)

    def extend(self, remaining_millis, sent_nanos):
        """Extends the lease from when the agent sent this, on CLOCK_MONOTONIC; from now if that is in the future.

        Does nothing after ``end``: only another hello begins a lease then.
        """
        until = min(self.clock(), sent_nanos / 1e9) + remaining_millis / 1000
        with self.lock:
            if not self.is_ended:
                self.expires = max(self.expires, until)

    def end(self):
        with self.lock:
            self.is_ended = True

    def is_over(self):
        return self.clock() >= self.expires


class LeaseSocket:
    """Reads the leases that the agent sends beside the link. Thread-safe: the reactor and a thread both read.

    ``path``: the socket. ``received``: called with ``epoch``, ``remaining_millis`` and ``sent_nanos``.
    """

    def __init__(self, path, received, clock=time.monotonic):
        self.path = path
        self.received = received
        self.clock = clock
        self.lock = threading.RLock()
        self.socket = None
        self.unread = b''
        self.tried_at = None

    def wait(self, seconds):
        """Waits for this time, or until there is something to read."""
        sock = self.socket
        if sock is None:
            time.sleep(seconds)
            return
        try:
            select.select([sock], [], [], seconds)
        except (OSError, ValueError):  # the other thread closed it
            time.sleep(seconds)

    def read(self):
        """Takes all that has arrived, without waiting. Connects first, if it is not connected."""
        with self.lock:
            if self.socket is None and not self._connect():
                return
            try:
                while True:
                    data = self.socket.recv(65536)
                    if not data:
                        self.close()
                        return
                    self._take(data)
            except BlockingIOError:
                pass
            except OSError:
                self.close()

    def close(self):
        with self.lock:
            if self.socket is not None:
                self.socket.close()
            self.socket, self.unread = None, b''

    def _connect(self):
        now = self.clock()
        if self.tried_at is not None and now - self.tried_at < RECONNECT:
            return False
        self.tried_at = now
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.setblocking(False)
            made.connect(self.path)
        except OSError:  # no agent is there; while it is gone nothing extends the lease
            made.close()
            return False
        self.socket = made
        return True

    def _take(self, data):
        *lines, self.unread = (self.unread + data).split(b'\n')
        if len(self.unread) > LONGEST_LINE:
            raise OSError('a line without an end')
        for line in lines:
            try:
                message = json.loads(line)
                if message['method'] == 'lease':
                    p = message['params']
                    self.received(int(p['epoch']), float(p['remainingMillis']), float(p['sentNanos']))
            except (KeyError, TypeError, ValueError) as e:
                log.msg(f'quorate: ignored a lease from the agent that cannot be used ({e!r}): {line[:80]!r}')


def socket_beside(link):
    """Returns the path of the lease's socket, beside the link's."""
    return os.path.join(os.path.dirname(link), 'lease.sock')
