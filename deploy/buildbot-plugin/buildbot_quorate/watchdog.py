"""A thread that the reactor cannot stop: it gets the lease, and ends the process if builds outlive the lease."""

import os
import signal
import sys
import threading
import time
import traceback

from twisted.python import log

COOKIE = 'QUORATE_MASTER'  # environment variable that the agent gives to the buildmaster and all its processes inherit
EXIT_FENCED = 75
KILL_AFTER = 1.5  # s after the end of the lease, in which the reactor may stop the builds
STALL = 5.0  # s for which the reactor stands still before it is logged


def processes_with(cookie):
    """Yields the process ids of all other processes that carry the cookie. Linux only: it reads ``/proc/*/environ``."""
    wanted = f'{COOKIE}={cookie}'.encode()
    for entry in os.listdir('/proc'):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                with open(f'/proc/{entry}/environ', 'rb') as f:
                    if wanted in f.read().split(b'\0'):
                        yield int(entry)
            except OSError:
                pass


def end_process(why):
    """Sends SIGKILL to the builds of this master's local workers, and exits with 75 without Buildbot's clean-up."""
    os.write(2, f'quorate: {why}: this buildmaster kills its builds and exits with code {EXIT_FENCED}\n'.encode())
    cookie = os.environ.get(COOKIE)
    for pid in processes_with(cookie) if cookie else ():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    os._exit(EXIT_FENCED)


class Watchdog:
    """Watches the lease on the monotonic clock, in its own thread: a process that outlives it is ended.

    ``lease``: the master's ``Lease``. ``leases``: its ``LeaseSocket``, or None.
    """

    def __init__(self, lease, leases=None, end_process=end_process):
        self.lease = lease
        self.leases = leases
        self.end_process = end_process
        self.watches = False  # builds may run
        self.reactor_ran_at = None  # in seconds of the lease's clock; None while the reactor need not run
        self.stalled_at = None  # since when the reactor stands still, once that is logged
        self.reactor_thread = None

    def start(self):
        self.reactor_thread = threading.get_ident()
        threading.Thread(target=self._watch, name='quorate-watchdog', daemon=True).start()

    def _watch(self):
        while True:
            try:
                self._wait()
                self.read()
            except Exception as e:
                log.err(e, 'quorate: cannot read the lease')
                time.sleep(0.1)
            self.check()

    def _wait(self):
        self.leases.wait(0.1) if self.leases else time.sleep(0.1)

    def read(self):
        """Takes the leases that have arrived. Also called before anything is stopped because the lease is over."""
        if self.leases:
            self.leases.read()

    def check(self):
        now = self.lease.clock()
        if self.watches and now > self.lease.expires + KILL_AFTER:
            self.read()  # this process may have been frozen, and what the agent sent meanwhile waits
            if self.watches and now > self.lease.expires + KILL_AFTER:
                self.end_process('the lease is over and builds still run')
        self._notice_stall(now)

    def reactor_runs(self):
        """Notes that the reactor runs; called from the reactor ten times a second."""
        now = self.lease.clock()
        stalled_at, self.stalled_at = self.stalled_at, None
        self.reactor_ran_at = now
        if stalled_at is not None:
            log.msg(f'quorate: the reactor runs again; it stood still for {now - stalled_at:.1f} s')

    def _notice_stall(self, now):
        ran_at = self.reactor_ran_at
        if ran_at is not None and self.stalled_at is None and now - ran_at > STALL:
            self.stalled_at = ran_at
            frame = sys._current_frames().get(self.reactor_thread)
            where = ''.join(traceback.format_stack(frame, 20)) if frame else ''
            log.msg(f'quorate: the reactor has stood still for {now - ran_at:.1f} s; builds go on while the lease '
                    f'lasts. It is here:\n{where}')
