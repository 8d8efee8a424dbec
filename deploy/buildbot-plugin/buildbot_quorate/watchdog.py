"""The last resort: a thread that ends this process, and all that it started, when its lease is over and it did not stop."""

import os
import signal
import threading
import time

COOKIE = 'QUORATE_MASTER'  # in the environment of all that the agent's buildmaster starts
EXIT_FENCED = 75
KILL_AFTER = 1.5  # s after the lease, in which the reactor may stop the builds by itself


def processes_with(cookie):
    """Process ids of others that carry the cookie. Linux only: it reads /proc."""
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
    """SIGKILL to the builds of this master's local workers, then leaves at once: no clean-up of Buildbot's is run."""
    os.write(2, f'quorate: {why}: this buildmaster ends itself\n'.encode())
    cookie = os.environ.get(COOKIE)
    for pid in processes_with(cookie) if cookie else ():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    os._exit(EXIT_FENCED)


class Watchdog:
    """Watches the lease on the monotonic clock, in a thread of its own, so that a blocked reactor is ended too."""

    def __init__(self, clock=time.monotonic, end_process=end_process):
        self.clock = clock
        self.end_process = end_process
        self.expires = None  # until when builds may run; None: none do

    def start(self):
        threading.Thread(target=self._watch, name='quorate-watchdog', daemon=True).start()

    def _watch(self):
        while True:
            time.sleep(0.1)
            self.check()

    def check(self):
        expires = self.expires
        if expires is not None and self.clock() > expires + KILL_AFTER:
            self.end_process('the lease is over and builds still run')
