"""The last resort: a thread that ends this process and its builds, if builds still run when the lease is over."""

import os
import signal
import threading
import time

COOKIE = 'QUORATE_MASTER'  # environment variable that the agent gives to the buildmaster and all its processes inherit
EXIT_FENCED = 75
KILL_AFTER = 1.5  # s after the end of the lease, in which the reactor may stop the builds


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
    """Watches the lease on the monotonic clock, in its own thread: a process whose reactor hangs is ended too."""

    def __init__(self, clock=time.monotonic, end_process=end_process):
        self.clock = clock
        self.end_process = end_process
        self.expires = None  # until when builds may run, in seconds of the clock; None where none can run

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
