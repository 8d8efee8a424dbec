"""A master's membership in its cluster: its lease, the schedulers that it owns, its claims, and its events.

Each master has one ``Member``, made by its message queue. It runs in the reactor's thread; only the watchdog does not,
which also gets the lease.
"""

import re
import time

import buildbot
from buildbot.process.results import CANCELLED
from buildbot.process.results import RETRY
from twisted.internet import defer
from twisted.internet import task
from twisted.python import log

from buildbot_quorate import __version__
from buildbot_quorate import agent_link
from buildbot_quorate import db_session
from buildbot_quorate import lease
from buildbot_quorate import occasions
from buildbot_quorate import watchdog
from buildbot_quorate.claims import Claimer
from buildbot_quorate.event_relay import Outbox

HEARTBEAT = 1.0  # s; the agent counts the reactor as stalled after five of them
SWEEP = 10.0  # s
CONFIRMED_WITHIN = 5.0  # s; until then the database refuses writes under a term that is over
CHANGE_SOURCE = 'changesource:'  # before a change source's name, where the agent treats it as a scheduler


class Member:
    """One master, as its agent knows it: connects to the agent, and handles its notifications.

    ``path``: the agent's socket, or None; without it the master starts no build and owns no scheduler.
    ``clock``: seconds of CLOCK_MONOTONIC. ``end_process``: called with a reason; does not return.
    """

    def __init__(self, master, mq, path, clock=time.monotonic, end_process=watchdog.end_process):
        self.master = master
        self.mq = mq
        self.clock = clock
        self.end_process = end_process
        self.claimer = Claimer(self)
        self.lease = lease.Lease(clock)
        leases = path and lease.LeaseSocket(lease.socket_beside(path), self._lease_received)
        self.watchdog = watchdog.Watchdog(self.lease, leases, end_process)
        self.connector = path and agent_link.Connector(master.reactor, path, self)
        self.link = None  # the connection, once it is made
        self.is_open = False  # the agent has answered hello on it
        self.offered = None  # what that hello offered
        self.epoch = None
        self.draining = False
        self.fenced = False  # the lease ended and everything was stopped
        self.owned = {}  # name of a scheduler, or of a change source with its prefix → term
        self.unconfirmed = set()  # those of them that the agent has not named again since the last hello
        self.held = {}  # brid → attempt
        self.abandoned = set()  # buildids whose buildrequest this master does not hold any more
        self.outbox = Outbox(self)
        self.sweep_failures = {}  # scheduler's name → repr of the error of its last sweep
        self.cursor = {}  # masterid → seq of the last batch of events that arrived
        self.arrivals_lock = defer.DeferredLock()
        self.ownership_lock = defer.DeferredLock()
        self.lease_check = task.LoopingCall(self._check_lease)
        self.heartbeat = task.LoopingCall(self._send_heartbeat)
        self.sweep = task.LoopingCall(self._sweep_if_open)
        for loop in (self.lease_check, self.heartbeat, self.sweep):
            loop.clock = master.reactor

    # start and stop

    def start(self):
        """Connects to the agent; called when Buildbot has marked the master as active."""
        if self.lease_check.running:
            return
        if self.connector is None:
            return
        self.watchdog.start()
        self.lease_check.start(0.1)
        self.heartbeat.start(HEARTBEAT)
        self.sweep.start(SWEEP, now=False)
        self.connector.start()

    def reconfigured(self):
        """Sends a new hello if builders, schedulers or workers have changed."""
        if self.link is not None:
            self.master.reactor.callLater(1, self._renew_hello)

    def _renew_hello(self):
        if self.link is not None and self.offered != self._offer():
            self.link.close('the configuration changed')

    @defer.inlineCallbacks
    def stop(self):
        for loop in (self.lease_check, self.heartbeat, self.sweep):
            if loop.running:
                loop.stop()
        self.watchdog.watches = False
        self.watchdog.reactor_ran_at = None
        if self.connector:
            log.msg("quorate: this master stops, and its agent starts it again; to keep it down, stop the agent")
            yield self.connector.stop()

    # the link

    def connected(self, link):
        self.link = link
        self._send_hello(link)

    @defer.inlineCallbacks
    def _send_hello(self, link):
        sent = self.clock()
        self.connector.failed_hellos += 1
        self.offered = self._offer()
        running = [{'brid': brid, 'attempt': attempt} for brid, attempt in self.held.items()]
        unanswered = {'unanswered': self.claimer.unanswered} if self.claimer.unanswered else {}
        try:
            answer = yield link.request(
                'hello', protocol=agent_link.PROTOCOL, running=running, heartbeatMillis=int(HEARTBEAT * 1000),
                events={'cursor': {str(m): seq for m, seq in self.cursor.items()}}, **unanswered, **self.offered)
            self._hello_answered(link, answer, sent)
        except agent_link.Lost as e:
            self.connector.log_once(f'the link to the agent is lost: {e}')
        except agent_link.Refused as e:
            self.connector.log_once(f'the agent refuses this master: {e}')
            link.close(str(e))
        except (KeyError, TypeError, ValueError) as e:
            self.connector.log_once(f"the agent's answer to hello cannot be used: {e!r}")
            link.close(str(e))

    def _hello_answered(self, link, answer, sent):
        epoch, millis, stop = int(answer['epoch']), int(answer['leaseMillis']), list(answer['stop'])
        if self.epoch is not None and epoch != self.epoch:
            # this process's connections to the database carry the old epoch; only a new process has none of them
            self.end_process(f'epoch {self.epoch} is over, {epoch} began')
            return
        self.epoch = epoch
        self.draining = bool(answer.get('draining'))
        self.unconfirmed = set(self.owned)  # after a hello the agent names all that is owned again
        self.master.reactor.callLater(CONFIRMED_WITHIN, self._lose_unconfirmed)
        self.is_open, self.fenced = True, False
        self.lease.begin(sent + millis / 1000)
        self.watchdog.watches = True
        self.connector.failed_hellos = 0
        self.connector.log_once(f'member in epoch {epoch}')
        for brid in stop:
            self._abandon(brid)
        self.claimer.choices.agent_offers = True  # it may be a newer agent now
        self.claimer.claims_received(answer.get('claims', []))
        self.claimer.kick()
        if not self.outbox.busy:
            self.outbox.flush()

    def _offer(self):
        """Returns what a hello says of this master's configuration, as LINK.md specifies it."""
        config = self.master.config
        workers = {w.workername: w.max_builds or 1 for w in config.workers}
        return {
            'name': self.master.name,
            'version': f'buildbot {buildbot.version}, plugin {__version__}',
            'slots': max(1, sum(workers.values())),
            'builders': [{'name': b.name, 'slots': max(1, sum(workers.get(n, 1) for n in b.workernames))}
                         for b in config.builders],
            'schedulers': [{'name': name, 'kind': type(s).__name__} for name, s in config.schedulers.items()],
            'changeSources': [s.name for s in config.change_sources],
            **_worker_port(config.protocols),
        }

    def disconnected(self, link, why):
        if link is self.link:
            was_open, self.link, self.is_open = self.is_open, None, False
            if was_open:
                self.connector.log_once(f'the link to the agent is lost ({why}): nothing new is started')

    def notified(self, method, params):
        """Calls ``_on_`` and the method's name, with the parameters' names in snake_case."""
        handler = getattr(self, '_on_' + method, None) if isinstance(method, str) else None
        if handler is None:
            log.msg(f'quorate: ignored {method!r} from the agent: this plugin does not know it')
            return
        try:
            handler(**{re.sub('[A-Z]', lambda m: '_' + m[0].lower(), k): v for k, v in params.items()})
        except Exception as e:
            log.err(e, f'quorate: ignored {method} from the agent: its parameters cannot be used')

    # lease

    def may_start(self, waited_for=False):
        """Returns whether a build may begin now. ``waited_for``: one for which a running build waits.

        A drained master builds those for which its own builds wait, if nobody else can; the agent knows which.
        """
        may_build = self.is_open and not self.fenced and not self.lease.is_over()
        return may_build and (not self.draining or waited_for)

    def may_claim(self):
        """Returns whether to ask for claims: also while this master is drained, if its builds may wait for others."""
        return self.may_start(waited_for=True) and (not self.draining or self._waits_for_children())

    def _waits_for_children(self):
        return any(getattr(s, '_waiters', None) for s in self.master.scheduler_manager.namedServices.values())

    def _on_lease(self, remaining_millis, sent_nanos, **_):
        self.lease.extend(remaining_millis, sent_nanos)

    def _lease_received(self, epoch, remaining_millis, sent_nanos):
        """Handles a lease that came beside the link; called in any thread."""
        if epoch == self.epoch:
            self.lease.extend(remaining_millis, sent_nanos)
        elif self.epoch is not None and epoch > self.epoch:
            self.end_process(f'epoch {self.epoch} is over, {epoch} began')

    def _check_lease(self):
        self.watchdog.reactor_runs()
        if self.epoch is None or self.fenced or not self.lease.is_over():
            return
        self.watchdog.read()  # after a stall, what extends the lease may wait to be read
        if self.lease.is_over():
            self.fence('the lease is over')

    def _on_fence(self, why='', **_):
        self.end_process(f'fenced by the agent: {why}')

    def fence(self, why):
        """Stops schedulers and builds, and completes no buildrequest. The process goes on, with its pages."""
        self.connector.log_once(f'fenced: {why}; schedulers and builds are stopped')
        self.fenced = True
        self.lease.end()
        if self.link is not None:
            self.link.close('the lease is over')  # the next hello compares what both sides hold
        for name in list(self.owned):
            self._lose(name)
        for brid in list(self.held):
            self._abandon(brid)
        self._stop_watchdog_after_builds()

    def _stop_watchdog_after_builds(self):
        """Makes the watchdog stop watching when no build runs any more."""
        if self.fenced and any(b.building for b in self.master.botmaster.builders.values()):
            self.master.reactor.callLater(0.1, self._stop_watchdog_after_builds)
        elif self.fenced:
            self.watchdog.watches = False

    def _send_heartbeat(self):
        if self.is_open:
            self.link.request('heartbeat').addErrback(lambda _: None)

    # claims

    def add_claim(self, brid, attempt):
        self.held[brid] = attempt

    def report_ended(self, brids):
        """Notifies the agent of buildrequests whose completion or unclaim Buildbot has written into the database."""
        for brid in brids:
            attempt = self.held.pop(brid, None)
            if attempt is not None and self.is_open:
                self.link.request('ended', brid=brid, attempt=attempt).addErrback(lambda _: None)

    def release(self, brid, why):
        """Gives a claim back to the queue. Returns a Deferred that never fails."""
        attempt = self.held.pop(brid, None)
        if attempt is None or not self.is_open:
            return defer.succeed(None)  # the next hello does not name the claim, so the agent releases it
        d = self.link.request('release', brid=brid, attempt=attempt, why=why)
        return d.addErrback(lambda _: None)

    def _builds_of(self, brid):
        return [build for builder in self.master.botmaster.builders.values() for build in list(builder.building)
                if any(r.id == brid for r in build.requests)]

    def _abandon(self, brid):
        """Stops the builds of a claim that this master does not hold any more; they do not touch the buildrequest."""
        self.held.pop(brid, None)
        for build in self._builds_of(brid):
            build.requests = []
            self.abandoned.add(build.buildid)
            d = defer.maybeDeferred(build.stopBuild, 'this master does not hold its buildrequest any more', RETRY)
            d.addErrback(log.err, f'quorate: cannot stop a build of buildrequest {brid}')

    def stop_builds(self):
        """Stops all builds, to be built again, in a shutdown that does not wait for them.

        Stock makes each of them and its buildrequest CANCELLED. That is left to it for a build that another one waits
        for: the other is built again too, and triggers a new one.
        """
        for brid in list(self.held):
            if not any(request.waitedFor for build in self._builds_of(brid) for request in build.requests):
                self._abandon(brid)

    def _on_cancel(self, brid, why='', **_):
        builds = self._builds_of(brid)
        if not builds and not self.claimer.is_starting():
            # a reconfiguration removed its builder while it built, and stock never ends such a build
            self.release(brid, why or 'cancelled by an operator')
        for build in builds:
            d = defer.maybeDeferred(build.stopBuild, why or 'cancelled by an operator', CANCELLED)
            d.addErrback(log.err, f'quorate: cannot cancel a build of buildrequest {brid}')

    def _on_wake(self, **_):
        self.claimer.kick()

    def _on_drain(self, on, **_):
        if self.draining and not on:
            self.master.reactor.callLater(0, self.claimer.kick)
        self.draining = on

    def _on_database(self, identity, **_):
        db_session.follow(identity)

    # ownership

    def owns(self, name):
        return name in self.owned and not self.fenced

    def _on_own(self, scheduler, term, **_):
        self.owned[scheduler] = term
        self.unconfirmed.discard(scheduler)
        d = self.ownership_lock.run(self._apply_ownership, scheduler)
        d.addErrback(log.err, f'quorate: cannot activate {scheduler}')

    def _on_disown(self, scheduler, **_):
        self._lose(scheduler)

    def _on_due(self, **_):
        pass  # Buildbot's dependent schedulers consume events

    def _lose(self, name):
        self.owned.pop(name, None)
        d = self.ownership_lock.run(self._apply_ownership, name)
        d.addErrback(log.err, f'quorate: cannot deactivate {name}')

    def _lose_unconfirmed(self):
        if self.is_open:
            for name in self.unconfirmed:
                self._lose(name)
            self.unconfirmed = set()

    def service(self, name):
        """Returns the scheduler or change source of this name, as ``owned`` names it, or None."""
        if name.startswith(CHANGE_SOURCE):
            return self.master.change_svc.namedServices.get(name[len(CHANGE_SOURCE):])
        return self.master.scheduler_manager.namedServices.get(name)

    @defer.inlineCallbacks
    def _apply_ownership(self, name):
        """Activates or deactivates the service, so that it is active if and only if it is owned."""
        service = self.service(name)
        if service is None or not service.running:
            return  # it asks by itself when it starts
        if self.owns(name) and not service.active:
            yield service._activityPoll()
        elif not self.owns(name) and service.active:
            service.active = False
            occasions.deactivated(service)
            try:
                yield service.deactivate()
            finally:
                service._startActivityPolling()

    # events

    def publish(self, key, message):
        """Sends an event to the other masters."""
        if self.epoch is not None:
            self.outbox.put(key, message)

    def _on_events(self, masterid, seq, events, **_):
        d = self.arrivals_lock.run(self._deliver, masterid, seq, events)
        d.addErrback(log.err, f'quorate: cannot deliver events of master {masterid}')

    @defer.inlineCallbacks
    def _deliver(self, masterid, seq, events):
        for event in events:
            try:
                yield self.mq.arrived(event, masterid)
            except Exception as e:
                log.err(e, f'quorate: cannot deliver an event of master {masterid}')
        self.cursor[masterid] = seq

    def _sweep_if_open(self):
        if self.draining and self.may_claim():
            self.claimer.kick()  # the last master that could build the children may be gone
        return self._sweep().addErrback(log.err, 'quorate: cannot look for missed events') if self.is_open else None

    @defer.inlineCallbacks
    def _sweep(self):
        """Reads from the database what no event reported: the master that should have sent the event may have died."""
        for scheduler in list(self.master.scheduler_manager.namedServices.values()):
            try:
                yield self._sweep_scheduler(scheduler)
                self.sweep_failures.pop(scheduler.name, None)
            except Exception as e:
                if self.sweep_failures.get(scheduler.name) != repr(e):
                    log.err(e, f'quorate: scheduler {scheduler.name} cannot look for missed changes and buildsets')
                self.sweep_failures[scheduler.name] = repr(e)

    @defer.inlineCallbacks
    def _sweep_scheduler(self, scheduler):
        if self.owns(scheduler.name) and scheduler.active and scheduler.enabled:
            yield occasions.sweep(scheduler)
        # a trigger may wait for a buildset whose completion was reported before it listened, or never
        for bsid in list(getattr(scheduler, '_waiters', ())):
            buildset = yield self.master.data.get(('buildsets', str(bsid)))
            if buildset is not None and buildset['complete'] and bsid in scheduler._waiters:
                scheduler._buildset_complete_cb(('buildsets', str(bsid), 'complete'), buildset)


def _worker_port(protocols):
    """Returns ``{'workerPort': number}``, or ``{}`` without a TCP port for workers.

    ``protocols``: ``c['protocols']``, with ``{'pb': {'port': …}}`` as 9989, '9989', 'tcp:9989:interface=…' or
    'tcp:port=9989'.
    """
    port = str((protocols or {}).get('pb', {}).get('port', ''))
    number = re.fullmatch(r'(?:tcp:)?(?:port=)?(\d+)(?::.*)?', port)
    return {'workerPort': int(number[1])} if number and int(number[1]) else {}
