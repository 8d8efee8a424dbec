"""Chooses builds before they are claimed, where the configuration of the site decides what may start.

The agent offers the first pending buildrequests of each such builder. Buildbot's own chooser asks the site's functions
and locks, outside any transaction, and the agent claims exactly what was chosen. What cannot start is not claimed.
"""

import collections
import math
import zlib

from twisted.internet import defer
from twisted.python import log

from buildbot_quorate import agent_link
from buildbot_quorate.offered_chooser import DECIDING
from buildbot_quorate.offered_chooser import OfferedChooser

PATIENCE = 1.0  # s; so long other builders wait for a function that does not answer
LATE = 10.0  # s; then such a function is named in the log
PASSED_OVER = 1.0  # s; so long what could not be claimed is not chosen again


def deciding_builders(config):
    """Returns the names of the builders whose builds are chosen here, for the configuration of a master.

    These are the builders with such settings. They compete with other builders for workers with ``max_builds``; those
    are chosen here too, so that the priority of a buildrequest counts among all of them.
    """
    names = {builder.name for builder in config.builders}
    if config.prioritizeBuilders or getattr(config, 'select_next_worker', None):  # the latter since 4.2
        return names
    picky = {worker.workername for worker in config.workers if worker.builds_may_be_incompatible}
    found = {builder.name for builder in config.builders
             if any(getattr(builder, name) for name in DECIDING) or picky.intersection(builder.workernames)}
    limited = {worker.workername for worker in config.workers if worker.max_builds}
    pools = {builder.name: limited.intersection(builder.workernames) for builder in config.builders}
    more = found
    while more:
        workers = set().union(*(pools[name] for name in more))
        more = {name for name in names - found if workers & pools[name]}
        found = found | more
    return found


def competing(config, names):
    """Returns ``{name: names of all that compete with it}`` for these builders, which may be through others.

    Builders that have a worker in common compete: a function may let only one of them use it.
    """
    groups, of_worker = {}, collections.defaultdict(list)
    builders = [builder for builder in config.builders if builder.name in names]
    for builder in builders:
        for worker in builder.workernames:
            of_worker[worker].append(builder)
    for builder in builders:
        group, more = set(), [] if builder.name in groups else [builder]
        while more:
            each = more.pop()
            if each.name not in group:
                group.add(each.name)
                for worker in each.workernames:
                    more += of_worker.pop(worker, ())
        groups.update(dict.fromkeys(group, group))
    return groups


class Choices:
    """Chooses, claims and starts the builds of one master's deciding builders. Runs in the reactor's thread.

    ``read_requests(master, brids)`` returns (as a Deferred) ``{brid: BuildRequest or None}``.
    """

    def __init__(self, claimer, read_requests):
        self.claimer = claimer
        self.member = claimer.member
        self.read_requests = read_requests
        self.agent_offers = True  # until this agent refuses, since it is an older one
        self.wanted = set()  # names of builders that may have something to start
        self.running = False
        self.starting = defer.DeferredLock()  # held while something chosen is claimed and started
        self.late = {}  # builder's name → chooser that waits for a function of the site
        self.slow = set()  # names of builders that were late the last time
        self.ordering = None  # the Deferred of prioritizeBuilders, while it is late
        self.known = {}  # builder's name → {brid: BuildRequest}
        self.passed_over = {}  # brid that could not be claimed → when it may be chosen again
        self._names = None, {}

    @property
    def reactor(self):
        return self.member.master.reactor

    def names(self):
        """Returns the names of all builders whose builds are chosen here, each with those that compete with it.

        None while this master is drained: what its own builds wait for is claimed first then.
        """
        config = self.member.master.config
        if self._names[0] is not config:
            self._names = config, competing(config, deciding_builders(config))
        return self._names[1] if self.agent_offers and not self.member.draining else {}

    def kick(self, builders=()):
        """Chooses for these builders and those that compete with them, or for all, if a worker is free."""
        names = self.names()
        self.wanted.update(*(names.get(each, ()) for each in builders) if builders else [names])
        if self.wanted and not self.running:
            self.running = True
            self._run().addErrback(log.err, 'quorate: cannot choose builds')

    @defer.inlineCallbacks
    def _run(self):
        try:
            while self.wanted:
                names, self.wanted = self.wanted, set()
                yield self._serve(names)
        finally:
            self.running = False

    @defer.inlineCallbacks
    def _serve(self, names):
        choosers = yield self._choosers([name for name in sorted(names) if self._is_free(name)])
        order = (yield self._order(list(choosers))) if len(choosers) > 1 else None
        while choosers and self._may_start():
            if order is None:
                name = min(choosers, key=lambda each: choosers[each].rank())
            else:
                name = next((each for each in order if each in choosers), None)
                if name is None:
                    return  # prioritizeBuilders left the others out
            chooser = choosers.pop(name)
            others = (each.rank() for each in choosers.values()) if order is None else ()
            chosen = yield self._choose(name, chooser, min(others, default=math.inf))
            if chosen:
                yield self._claim_and_start(name, chosen)
                if not chooser.is_done:
                    choosers[name] = chooser

    def _is_free(self, name):
        """Returns whether this builder has a free worker, and waits for no function."""
        builder = self.member.master.botmaster.builders.get(name)
        late = self.late.get(name)
        if builder is None:
            return False
        if late is not None and late.config is builder.config:
            late.is_wanted = True
            return False
        self.late.pop(name, None)  # the configuration changed since
        return bool(builder.getAvailableWorkers())

    def _may_start(self):
        return self.claimer.distributes() and self.member.may_start()

    @defer.inlineCallbacks
    def _choosers(self, names):
        """Returns (as a Deferred) ``{builder's name: chooser}`` for those of these builders that have candidates."""
        if not names or not self._may_start():
            return {}
        offers = collections.defaultdict(list)
        now = self.reactor.seconds()
        self.passed_over = {brid: until for brid, until in self.passed_over.items() if until > now}
        for rank, offer in enumerate((yield self._offers(names))):
            if offer['brid'] not in self.passed_over:
                offers[offer['builder']].append({**offer, 'rank': rank})
        choosers = {}
        for name in set(names) & set(offers):
            builder = self.member.master.botmaster.builders.get(name)
            if builder is None:
                continue
            known = self.known.get(name, {})
            known = self.known[name] = {o['brid']: known[o['brid']] for o in offers[name] if o['brid'] in known}
            choosers[name] = OfferedChooser(
                builder, self.member.master, self._preferred(offers[name], builder), known, self.read_requests)
        return choosers

    @defer.inlineCallbacks
    def _offers(self, names):
        try:
            answer = yield self.member.link.request('candidates', builders=names)
            return answer['candidates']
        except agent_link.Refused as e:
            if e.code == agent_link.NO_METHOD:
                self.agent_offers = False
                self.member.connector.log_once(
                    f'this agent is older than the plugin ({e}): it claims before the functions and locks of the '
                    'configuration are asked, and nextBuild and prioritizeBuilders are not asked')
                self.claimer.kick()
            elif e.code == agent_link.NOT_NOW:
                self.reactor.callLater(1, self.kick, names)
        except agent_link.Lost:
            pass  # the answer to the next hello kicks
        return []

    def _preferred(self, offers, builder):
        """Returns the offers in the order in which this master chooses.

        After it lost one to another master, it prefers others than that one does, among equals at the head.
        """
        if not self.passed_over or builder.config.nextBuild:
            return offers
        head = [o for o in offers[:4 * len(builder.getAvailableWorkers())] if o['priority'] == offers[0]['priority']]
        master = self.member.master.masterid
        return sorted(head, key=lambda o: zlib.crc32(f'{master} {o["brid"]}'.encode())) + offers[len(head):]

    @defer.inlineCallbacks
    def _order(self, names):
        """Returns (as a Deferred) these names as ``prioritizeBuilders`` orders them; None: by their buildrequests."""
        if not self.member.master.config.prioritizeBuilders or self.ordering is not None:
            return None
        asked = self.claimer.botmaster.brd._sortBuilders(names)
        asked.addErrback(log.err, 'quorate: prioritizeBuilders failed; the order of the buildrequests counts')
        if (yield first_of(self.reactor, asked, PATIENCE)):
            return (yield asked)
        self.ordering = asked
        warning = self.reactor.callLater(LATE - PATIENCE, log.msg, late_sentence('prioritizeBuilders') +
                                         'meanwhile the order of their buildrequests counts')
        asked.addBoth(self._ordered, warning)
        return None

    def _ordered(self, result, warning):
        self.ordering = None
        if warning.active():
            warning.cancel()
        self.kick()

    @defer.inlineCallbacks
    def _choose(self, name, chooser, before):
        """Returns (as a Deferred) what the chooser chose. Empty: nothing, or the site's function is late."""
        began = self.reactor.seconds()
        chosen = defer.maybeDeferred(chooser.choose, before)
        chosen.addErrback(self._failed, name, chooser)
        if (yield first_of(self.reactor, chosen, 0 if name in self.slow else PATIENCE)):
            return (yield chosen)
        self.slow.add(name)
        self.late[name] = chooser
        self._finish_late(name, chooser, chosen, began).addErrback(log.err, f'quorate: cannot start builds of {name}')
        return []

    @staticmethod
    def _failed(failure, name, chooser):
        log.err(failure, f'quorate: {chooser.asked or "the choice"} of builder {name} failed; nothing of it is started')
        chooser.is_done = True
        return []

    @defer.inlineCallbacks
    def _finish_late(self, name, chooser, chosen, began):
        warning = self.reactor.callLater(max(0, began + LATE - self.reactor.seconds()), self._warn, name, chooser)
        chosen = yield chosen
        if warning.active():
            warning.cancel()
        if self.late.get(name) is not chooser:
            return  # the configuration changed
        del self.late[name]
        if self.reactor.seconds() - began < PATIENCE:
            self.slow.discard(name)
        if chosen:
            yield self._claim_and_start(name, chosen)
        if chosen or chooser.is_wanted:
            self.kick([name])

    def _warn(self, name, chooser):
        if self.late.get(name) is chooser:
            log.msg(late_sentence(f'{chooser.asked or "the choice"} of builder {name}') +
                    'nothing of it is started until then; other builders go on')

    def _claim_and_start(self, name, chosen):
        d = self.starting.run(self._claim_and_start_now, name, chosen)
        return self.claimer.botmaster.brd._deferwaiter.add(d)  # a clean shutdown waits for it

    @defer.inlineCallbacks
    def _claim_and_start_now(self, name, chosen):
        builder = self.member.master.botmaster.builders.get(name)
        chosen = [(place, request) for place, request in chosen if self.claimer.is_free(builder, place)]
        if not chosen or not self._may_start():
            return
        claims = yield self.claimer.claim(chosen={name: [request.id for _, request in chosen]})
        claims = {claim['brid']: claim for claim in claims}
        lost = [request.id for _, request in chosen if request.id not in claims]
        for place, request in chosen:
            self.known.get(name, {}).pop(request.id, None)
            if request.id in claims:
                yield self.claimer.start_chosen(claims[request.id], place, request)
        if lost:  # to another master, or another session has locked it
            self.pass_over(name, lost)
            self.wanted.add(name)

    def pass_over(self, name, brids):
        """Chooses others than these for a while."""
        until = self.reactor.seconds() + PASSED_OVER
        self.passed_over.update((brid, until) for brid in brids)
        self.reactor.callLater(PASSED_OVER, self.kick, [name])


def late_sentence(function):
    return f'quorate: {function} has not answered for {LATE:.0f} s; '


def first_of(reactor, deferred, seconds):
    """Returns a Deferred of whether ``deferred`` fires within so many seconds; it fires then, or when they are over."""
    waited = defer.Deferred()
    timer = reactor.callLater(seconds, waited.callback, False)

    def fired(result):
        if timer.active():
            timer.cancel()
            waited.callback(True)
        return result
    deferred.addBoth(fired)
    return waited
