"""Starts builds: asks the agent for as many buildrequests as could start now, and starts exactly those that it claimed.

This replaces the walk of Buildbot's distributor over all pending buildrequests, and the race of all masters for the
same ones. Where functions or locks of the site decide what may start, ``choices`` asks them before the claim.
"""

import functools
import math
import uuid

from buildbot.process.buildrequest import BuildRequest
from buildbot.process.buildrequestdistributor import BasicBuildChooser
from buildbot.process.results import RETRY
from twisted.internet import defer
from twisted.python import log

from buildbot_quorate import agent_link
from buildbot_quorate import choices
from buildbot_quorate import db_thread
from buildbot_quorate.row_cache import field

# the fields of a buildrequest in its events (buildbot/data/buildrequests.py)
EVENT_FIELDS = (
    'buildrequestid', 'buildsetid', 'builderid', 'priority', 'claimed', 'claimed_at', 'claimed_by_masterid', 'complete',
    'results', 'submitted_at', 'complete_at', 'waited_for')


class Claimer:
    """Sends the claim requests of one master, one at a time. Runs in the reactor's thread.

    A claim is what LINK.md defines: a dictionary with ``brid``, ``attempt`` and ``builder``, among others.
    """

    def __init__(self, member):
        self.member = member
        self.kicked = False
        self.running = False
        self.claiming = defer.DeferredLock()  # held while a claim request is under way
        self.unanswered = None  # the attempt of a claim request without an answer
        self.claimed = []  # claims whose builds have not begun
        self.blocked = set()  # builders whose last claim did not start, until a worker or a lock is free
        self.choices = choices.Choices(self, read_requests)

    @property
    def botmaster(self):
        return self.member.master.botmaster

    def kick(self, builders=()):
        """Claims, if anything can start. ``builders``: names of those where a worker or a lock became free."""
        self.blocked.difference_update(builders)
        self.choices.kick(builders)
        self.kicked = True
        if not self.running:
            self.running = True
            distributor = self.botmaster.brd
            d = distributor._deferwaiter.add(self._run())  # a clean shutdown waits for it
            d.addErrback(log.err, 'quorate: cannot start builds')

    @defer.inlineCallbacks
    def _run(self):
        try:
            while self.kicked:
                self.kicked = False
                while (yield self._claim_and_start()):
                    pass
        finally:
            self.running = False

    def is_starting(self):
        """Returns whether there may be claims whose builds have not begun."""
        return self.running or self.choices.starting.locked

    def claims_received(self, claims):
        """Takes the claims in the answer to the hello that names the attempt of a claim request."""
        self.claimed += self._note(claims)

    def _note(self, claims):
        self.unanswered = None
        for claim in claims:
            self.member.add_claim(claim['brid'], claim['attempt'])
        return claims

    @defer.inlineCallbacks
    def _claim_and_start(self):
        """Returns (as a Deferred) whether there were claims, so that there may be more."""
        if not self.claimed:
            yield self._request_claims()
        claims, self.claimed = self.claimed, []
        for claim in claims:
            yield self._start_or_release(claim, self._start_build)
        return bool(claims)

    @defer.inlineCallbacks
    def _request_claims(self):
        if not self.distributes() or not self.member.may_claim():
            return
        slots, limit = self._free_slots()
        if slots:
            claims = yield self.claim(slots=slots, limit=limit)
            self.claimed += claims

    def claim(self, **what):
        """Sends a claim request when no other one is under way. Returns (as a Deferred) the claims."""
        return self.claiming.run(self._claim, {'slots': {}, 'limit': 0, **what})

    @defer.inlineCallbacks
    def _claim(self, what):
        member = self.member
        if not member.may_claim():
            return []
        self.unanswered = str(uuid.uuid4())
        try:
            answer = yield member.link.request('claim', attempt=self.unanswered, **what)
            return self._note(answer['claims'])
        except agent_link.Refused as e:
            if e.code == agent_link.NOT_NOW:
                member.master.reactor.callLater(1, self.kick)
        except agent_link.Lost:
            pass  # the next hello names the attempt, and its answer returns what was claimed
        return []

    def distributes(self):
        """Returns False during a clean shutdown.

        In 4.x stock still builds what running builds wait for (``distribute_only_waited_childs``); here other masters
        build that.
        """
        brd = self.botmaster.brd
        return brd.running and not getattr(brd, 'distribute_only_waited_childs', False)

    def _free_slots(self):
        """Returns ``{builder's name: free workers}``, and how many builds could start in all."""
        slots, workers, chosen = {}, {}, self.choices.names()
        for builder in self.botmaster.builders.values():
            if builder.name in self.blocked or builder.name in chosen:
                continue
            free = builder.getAvailableWorkers()
            if free:
                slots[builder.name] = len(free)
            for place in free:
                workers.setdefault(place.worker.workername, []).append(place.worker)
        limit = sum(min(len(places), _free_capacity(places[0])) for places in workers.values())
        return slots, int(limit)

    @defer.inlineCallbacks
    def _start_or_release(self, claim, start):
        brid = claim['brid']
        if self.member.held.get(brid) != claim['attempt']:
            return  # the claim ended meanwhile
        try:
            started = yield start(claim)
        except Exception as e:
            log.err(e, f'quorate: cannot start buildrequest {brid}')
            started = False
        if not started:
            if hasattr(self.botmaster, 'remove_in_progress_buildrequest'):
                self.botmaster.remove_in_progress_buildrequest(brid)
            self.blocked.add(claim['builder'])
            yield self.member.release(brid, 'no worker of this master can start it now')
            self.choices.pass_over(claim['builder'], [brid])

    def start_chosen(self, claim, place, build_request):
        """Starts the build of a claim that was chosen, or releases the claim. Returns a Deferred."""
        return self._start_or_release(claim, functools.partial(self._start_on, place, build_request))

    @defer.inlineCallbacks
    def _start_build(self, claim):
        """Returns (as a Deferred) whether the build began."""
        builder = self.botmaster.builders.get(claim['builder'])
        master = self.member.master
        if claim['builder'] in self.choices.names():
            return False  # its answer was lost with the link, and what was chosen for it may not be so any more
        row, build_request = yield db_thread.run(master, read_request, master, claim['brid'])
        if builder is None or row is None or not self.distributes():
            return False
        place = yield self._choose_worker(builder, build_request)
        if place is None or not self.member.may_start(build_request.waitedFor):
            return False
        return (yield self._begin(builder, place, row, build_request))

    @defer.inlineCallbacks
    def _start_on(self, place, build_request, claim):
        """Returns (as a Deferred) whether the build began on the worker that was chosen."""
        builder = self.botmaster.builders.get(claim['builder'])
        master = self.member.master
        row = yield db_thread.run(master, master.db.buildrequests.getBuildRequest, claim['brid'])
        if row is None or not self.distributes() or not self.member.may_start() or not self.is_free(builder, place):
            return False
        return (yield self._begin(builder, place, row, build_request))

    @staticmethod
    def is_free(builder, place):
        """Returns whether a worker that was chosen can still start a build.

        Its quarantine does not count: ``canStartBuild`` may have begun it, to keep the next build off the worker.
        """
        return builder is not None and place in builder.workers and not place.isBusy() and (
            _free_capacity(place.worker) > 0)

    def _begin(self, builder, place, row, build_request):
        if hasattr(self.botmaster, 'add_in_progress_buildrequest'):  # 4.x: a cancel that comes now finds it
            self.botmaster.add_in_progress_buildrequest(build_request.id)
        self.member.master.data.rtypes.buildrequest.produceEvent(event_message(row), 'claimed')
        return builder.maybeStartBuild(place, [build_request])

    @staticmethod
    @defer.inlineCallbacks
    def _choose_worker(builder, build_request):
        """Returns (as a Deferred) the first free worker on which this build may start, or None.

        The configuration's ``nextWorker`` gives their order.
        """
        chooser = BasicBuildChooser(builder, builder.master)
        place = yield chooser._popNextWorker(build_request)
        while place is not None and not (yield builder.canStartBuild(place, build_request)):
            place = yield chooser._popNextWorker(build_request)
        return place


@defer.inlineCallbacks
def start_or_release(original, build, place):
    """Replaces ``Build.startBuild``: releases the buildrequest of a build that fails before its first step.

    Stock only logs the error. The build never ends, its worker stays busy, and its buildrequest stays claimed
    (buildbot/process/build.py, 3.7 to 4.3).
    """
    try:
        return (yield original(place))
    except Exception as e:
        if build.finished:
            raise
        log.err(e, f'quorate: {build} failed before its first step; its buildrequest is released')
        if place.worker is not None:
            place.worker.putInQuarantine()  # else the same build would begin and fail at once, again and again
        if build.buildid is not None:
            yield build.buildFinished(['cannot', 'begin'], RETRY)
        if build in build.builder.building:  # its end cannot be written either
            build.finished, build.results = True, RETRY
            place.buildFinished()
            build.builder.buildFinished(build, place)


@defer.inlineCallbacks
def read_request(master, brid):
    """Returns (as a Deferred) a buildrequest's row and its ``BuildRequest``, or ``(None, None)``."""
    row = yield master.db.buildrequests.getBuildRequest(brid)
    return row, row and (yield BuildRequest.fromBrdict(master, row))


@defer.inlineCallbacks
def read_requests(master, brids):
    """Returns (as a Deferred) ``{brid: its BuildRequest}``, with None for what is not there."""
    requests = {}
    for brid in brids:
        _, requests[brid] = yield read_request(master, brid)
    return requests


def _free_capacity(worker):
    """Returns how many more builds the worker may run: infinitely many without ``max_builds``."""
    if not worker.max_builds:
        return math.inf
    return worker.max_builds - sum(1 for place in worker.workerforbuilders.values() if place.isBusy())


def event_message(row):
    """Returns the message of a buildrequest's events."""
    return {**{name: field(row, name) for name in EVENT_FIELDS}, 'properties': None}


@defer.inlineCallbacks
def are_complete(master, brids):
    for brid in brids:
        request = yield master.db.buildrequests.getBuildRequest(brid)
        if request is None or not field(request, 'complete'):
            return False
    return True
