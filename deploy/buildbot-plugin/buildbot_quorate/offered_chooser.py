"""Buildbot's own chooser over the buildrequests that the agent offered, instead of over all pending ones."""

import collections
import math

from buildbot.process.buildrequestdistributor import BasicBuildChooser
from twisted.internet import defer

from buildbot_quorate import db_thread

# settings of a builder with which the site decides what may start
DECIDING = ('nextBuild', 'nextWorker', 'canStartBuild', 'locks')


class OfferedChooser(BasicBuildChooser):
    """Buildbot's chooser for one builder, over the buildrequests that the agent offered.

    ``offers``: as in LINK.md, with the ``rank`` of each over all builders. ``known``: brid → ``BuildRequest``, filled
    here.
    """

    def __init__(self, builder, master, offers, known, read_requests):
        super().__init__(builder, master)
        # in 4.x stock reads .data
        self.unclaimedBrdicts = collections.UserList({'buildrequestid': o['brid'], **o} for o in offers)
        self.known = known
        self.read_requests = read_requests
        self.config = builder.config
        self.is_done = False
        self.asked = None  # the name of the site's function that has not answered
        self.is_wanted = False  # whether something happened while it waited for a function
        self.read_ahead = 1
        self.refused = None  # a buildrequest for which nextWorker has no worker
        self.free = len(self.workerpool)
        # a function or a lock may depend on what runs, so each build begins before the next one is chosen
        self.one_by_one = any(getattr(builder.config, name) for name in DECIDING) or any(
            place.worker.access for place in self.workerpool)
        self.nextWorker = self._named('nextWorker', self.nextWorker)
        self.nextBuild = self.nextBuild and self._named('nextBuild', self.nextBuild)

    def _named(self, name, function):
        @defer.inlineCallbacks
        def ask(*args):
            self.asked = name
            result = yield function(*args)
            self.asked = None
            return result
        return ask

    def rank(self):
        """Returns the rank of the first buildrequest that was not chosen yet."""
        return self.unclaimedBrdicts[0]['rank'] if self.unclaimedBrdicts else math.inf

    @defer.inlineCallbacks
    def choose(self, before):
        """Returns (as a Deferred) ``[(place, build_request)]`` that can start now, at least one if any can.

        ``before``: the rank of the first buildrequest of the other builders; it chooses no second one behind that.
        """
        chosen = []
        while not self.is_done:
            place, requests = yield self.chooseNextBuild()
            if place is None:
                self.is_done = True
                break
            chosen.append((place, requests[0]))
            self.free -= 1
            if self.one_by_one:
                break
            self.is_done = self.free == 0
            if self.rank() > before:
                break
        return chosen

    @defer.inlineCallbacks
    def popNextBuild(self):
        """Goes on with the next buildrequest where ``nextWorker`` has no worker for one; stock gives up there."""
        if self.one_by_one and not self.workerpool and not self.preferredWorkers:
            self.workerpool = self.bldr.getAvailableWorkers()  # the last one may have been claimed by another master
        while True:
            self.refused = None
            chosen = yield super().popNextBuild()
            if chosen[0] is not None or self.refused is None:
                return chosen
            self._removeBuildRequest(self.refused)

    @defer.inlineCallbacks
    def _popNextWorker(self, buildrequest):
        place = yield super()._popNextWorker(buildrequest)
        if place is None and self.workerpool:
            self.refused = buildrequest
        return place

    def canStartBuild(self, place, build_request):
        return self._named('canStartBuild, or a lock,', super().canStartBuild)(place, build_request)

    @defer.inlineCallbacks
    def _getBuildRequestForBrdict(self, brdict):
        yield self._read([brdict, *self.unclaimedBrdicts[:self.read_ahead]])
        self.read_ahead = min(32, 2 * self.read_ahead)
        return self.known[brdict['buildrequestid']]

    @defer.inlineCallbacks
    def _getUnclaimedBuildRequests(self):
        yield self._read(self.unclaimedBrdicts)
        requests = [self.known[brdict['buildrequestid']] for brdict in self.unclaimedBrdicts]
        return [request for request in requests if request is not None]

    @defer.inlineCallbacks
    def _read(self, brdicts):
        unknown = sorted({b['buildrequestid'] for b in brdicts} - set(self.known))
        if unknown:
            self.known.update((yield db_thread.run(self.master, self.read_requests, self.master, unknown)))
        for brdict in brdicts:
            request = self.known[brdict['buildrequestid']]
            if request is not None:
                request.priority = brdict['priority']  # an operator may have changed it
