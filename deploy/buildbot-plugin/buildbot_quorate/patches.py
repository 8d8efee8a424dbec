"""Replaces the methods through which a Buildbot master alone decides what its cluster is to decide.

Names and meanings of these methods are the same in 3.7 and 4.x. Each method is replaced once in a process, however
often ``master.cfg`` is read. A master whose message queue is not ``quorate`` behaves as stock.

A function that replaces a method gets the original, bound to ``self``, as its first argument.
"""

import functools
import importlib
import os
import pkgutil

from buildbot import schedulers
from buildbot.changes.base import ChangeSource
from buildbot.changes.bitbucket import BitbucketPullrequestPoller
from buildbot.changes.github import GitHubPullrequestPoller
from buildbot.changes.gitpoller import GitPoller
from buildbot.changes.svnpoller import SVNPoller
from buildbot.data.base import ResourceType
from buildbot.db.buildrequests import BuildRequestsConnectorComponent
from buildbot.db.buildrequests import NotClaimedError
from buildbot.db.builds import BuildsConnectorComponent
from buildbot.db.connector import DBConnector
from buildbot.db.exceptions import DatabaseNotReadyError
from buildbot.db.masters import MastersConnectorComponent
from buildbot.interfaces import IScheduler
from buildbot.mq.connector import MQConnector
from buildbot.process.botmaster import BotMaster
from buildbot.process.build import Build
from buildbot.process.buildrequestdistributor import BuildRequestDistributor
from buildbot.process.results import RETRY
from buildbot.reporters.base import ReporterBase
from buildbot.schedulers.dependent import Dependent
from buildbot.schedulers.timed import Timed
from buildbot.util.service import ClusteredBuildbotService
from buildbot.worker.base import AbstractWorker
from twisted.internet import defer
from twisted.python import log

from buildbot_quorate import claims
from buildbot_quorate import db_pool
from buildbot_quorate import db_session
from buildbot_quorate import db_thread
from buildbot_quorate import missing
from buildbot_quorate import occasions
from buildbot_quorate import pollers
from buildbot_quorate import row_cache
from buildbot_quorate.event_relay import copy_message
from buildbot_quorate.membership import CHANGE_SOURCE

NO_MASTER = 0  # the masterid of events of changes that Quorate itself made in the database
LINK_VARIABLE = 'QUORATE_LINK'  # environment variable: the path of the socket of the agent that starts the master
NAME_VARIABLE = 'QUORATE_MASTER_NAME'  # environment variable: the master's name in Buildbot's database
NOT_STARTED = (
    'quorate: this master is not started: its quorate-agent starts it, and none is known here (neither QUORATE_LINK '
    "nor join(c, link=…) is set). To restart it run 'quorate restart MASTER'; to start agent and master, "
    "'systemctl start quorate-agent'")


def member_of(master):
    """Returns the master's Member, or None if its message queue is not ``quorate``, or not configured yet.

    ``master``: None for a service that was taken out of its master, as a clean shutdown does with the distributor.
    """
    return getattr(getattr(getattr(master, 'mq', None), 'impl', None), 'member', None)


def replaces(cls, name):
    """Replaces a method by the decorated function."""
    def replace(function):
        original = getattr(cls, name)

        @functools.wraps(original)
        def method(self, *args, **kwargs):
            return function(functools.partial(original, self), self, *args, **kwargs)
        setattr(cls, name, method)
        return function
    return replace


def replaces_in_all(classes, name):
    """Replaces a method of all these classes, in each class that defines it for one of them."""
    def replace(function):
        for cls in {defining_class(cls, name) for cls in classes}:
            replaces(cls, name)(function)
        return function
    return replace


def defining_class(cls, name):
    """Returns the class from which ``cls`` has the attribute; raises ``AttributeError``."""
    for each in cls.__mro__:
        if name in vars(each):
            return each
    raise AttributeError(f'{cls.__qualname__} has no {name}')


def scheduler_classes():
    """Returns all scheduler classes of the installed Buildbot.

    They have no common base class: since 4.3 its own derive from ReconfigurableBaseScheduler, those of others from
    BaseScheduler (buildbot/schedulers/base.py).
    """
    found = pkgutil.iter_modules(schedulers.__path__, 'buildbot.schedulers.')
    modules = [importlib.import_module(module.name) for module in found]
    classes = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    return [cls for cls in classes if IScheduler.implementedBy(cls)]


def install():
    """Replaces all methods, once. Raises ``AttributeError`` if the installed Buildbot lacks one."""
    if 'quorate' in MQConnector.classes:
        return
    all_schedulers = scheduler_classes()
    db_pool.install()
    db_thread.install()
    row_cache.install()
    ResourceType.sanitizeMessage = staticmethod(copy_message)
    MQConnector.classes['quorate'] = {'class': 'buildbot_quorate.mq.QuorateMQ', 'keys': {'link', 'reporters', 'debug'}}
    _patch_start()
    _patch_identity()
    _patch_claims()
    _patch_ownership(all_schedulers)
    _patch_occasions(all_schedulers)
    _patch_reporters()
    _patch_pollers()
    _patch_workers()


def rename(master, name):
    """Gives a master another name, under which its parent, which knows it by name, can still remove it."""
    services = getattr(master.parent, 'namedServices', {})
    if services.get(master.name) is master:
        services[name] = services.pop(master.name)
    master.name = name


def _patch_start():
    @replaces(DBConnector, 'setup')
    def setup(original, self, *args, **kwargs):
        master, mq = self.master, self.master.config.mq
        has_agent = os.environ.get(LINK_VARIABLE) or mq.get('link')
        # the masters of upgrade-master and cleanupdb have no parent: they only use the database
        if mq.get('type') == 'quorate' and not has_agent and getattr(master, 'parent', None) is not None:
            log.msg(NOT_STARTED)
            return defer.fail(DatabaseNotReadyError())
        return original(*args, **kwargs)


def _patch_identity():
    @replaces(MastersConnectorComponent, 'findMasterId')
    def find_master_id(original, self, name):
        pinned = os.environ.get(NAME_VARIABLE)
        if pinned and name == self.master.name:
            rename(self.master, pinned)
            name = pinned
        return original(name)

    @replaces(MastersConnectorComponent, 'setMasterState')
    @defer.inlineCallbacks
    def set_master_state(original, self, masterid, active):
        member = member_of(self.master)
        if member is not None and masterid != self.master.masterid and not active:
            return False  # the agents find out which master is gone, and clean up after it
        changed = yield original(masterid, active)
        if member is not None and active:
            member.start()
        return changed


def _patch_claims():
    @replaces(BuildRequestDistributor, 'maybeStartBuildsOn')
    def maybe_start_builds_on(original, self, new_builders):
        member = member_of(self.master)
        if member is None:
            return original(new_builders)
        if self.running:
            member.claimer.kick(new_builders)
        return defer.succeed(None)

    @replaces(BotMaster, 'cleanShutdown')
    def clean_shutdown(original, self, *args, **kwargs):
        member = member_of(self.master)
        quick = args[0] if args else kwargs.get('quickMode', kwargs.get('quick_mode', False))
        if member is not None and quick:
            member.stop_builds()  # the agent releases their buildrequests when this process has ended
        return original(*args, **kwargs)

    @replaces(Build, 'startBuild')
    def start_build(original, self, workerforbuilder):
        if member_of(self.master) is None:
            return original(workerforbuilder)
        return claims.start_or_release(original, self, workerforbuilder)

    @replaces(BuildRequestsConnectorComponent, 'completeBuildRequests')
    @defer.inlineCallbacks
    def complete(original, self, brids, *args, **kwargs):
        try:
            yield original(brids, *args, **kwargs)
        except NotClaimedError:
            # a second try may follow a first one that was committed without an answer; for an epoch that is over the
            # database raises another error
            if member_of(self.master) is None or not (yield claims.are_complete(self.master, brids)):
                raise
        if member_of(self.master) is not None:
            db_thread.call_in_reactor(member_of(self.master).report_ended, brids)

    @replaces(BuildRequestsConnectorComponent, 'unclaimBuildRequests')
    @defer.inlineCallbacks
    def unclaim(original, self, brids):
        yield original(brids)
        if member_of(self.master) is not None:
            member_of(self.master).report_ended(brids)

    @replaces(BuildsConnectorComponent, 'finishBuild')
    def finish_build(original, self, buildid, results):
        member = member_of(self.master)
        if member is not None and buildid in member.abandoned:
            member.abandoned.discard(buildid)
            results = RETRY  # as housekeeping ends a build; stock makes a build with a stopped step CANCELLED
        return original(buildid, results)


def _patch_ownership(all_schedulers):
    for classes, prefix in ((all_schedulers, ''), ([ChangeSource], CHANGE_SOURCE)):
        @replaces_in_all(classes, '_claimService')
        def claim_service(original, self, prefix=prefix):
            member = member_of(self.master)
            return original() if member is None else member.owns(prefix + self.name)

        @replaces_in_all(classes, '_unclaimService')
        def unclaim_service(original, self):
            return original() if member_of(self.master) is None else None

    @replaces(ClusteredBuildbotService, '_activityPoll')
    @defer.inlineCallbacks
    def activity_poll(original, self):
        was_active = self.active
        clustered = member_of(self.master) is not None and IScheduler.providedBy(self)
        if clustered and not was_active and isinstance(self, Dependent):
            yield log_failure(occasions.add_missed_upstream, self)
        yield original()
        if clustered and self.active and not was_active:
            yield log_failure(occasions.catch_up_changes, self)

    @defer.inlineCallbacks
    def log_failure(look, scheduler):
        """Logs an error of ``look``, which the next sweep repeats.

        The error would end the polling (buildbot/util/service.py): the master would wait for the scheduler for ever.
        """
        try:
            yield look(scheduler)
        except Exception as e:
            log.err(e, f'quorate: scheduler {scheduler.name} cannot look for missed changes and buildsets yet')


def _patch_occasions(all_schedulers):
    timed = [cls for cls in all_schedulers if issubclass(cls, Timed)]

    @replaces_in_all(all_schedulers, 'addBuildsetForSourceStamps')
    def add_buildset(original, self, *args, **kwargs):
        member = member_of(self.master)
        if member is None:
            return original(*args, **kwargs)
        return occasions.add_buildset(original, self, member, *args, **kwargs)

    @replaces_in_all(all_schedulers, 'addBuildsetForChanges')
    def add_buildset_for_changes(original, self, *args, **kwargs):
        if kwargs.get('changeids') and occasions.current(self) is None:
            return occasions.call_with_occasion(self, f"change {max(kwargs['changeids'])}", original, *args, **kwargs)
        return original(*args, **kwargs)

    @replaces_in_all(all_schedulers, '_changeCallback')
    def change_callback(original, self, key, msg, *args, **kwargs):
        if member_of(self.master) is None:
            return original(key, msg, *args, **kwargs)
        return occasions.change_arrived(original, self, key, msg, *args, **kwargs)

    @replaces_in_all(all_schedulers, '_enabledCallback')
    def enabled_callback(original, self, key, msg):
        member = member_of(self.master)
        if member is None:
            return original(key, msg)
        # one after the other: a disable waits for a tick that is under way, and would undo an enable that comes later
        if '_quorate_enabling' not in self.__dict__:
            self._quorate_enabling = defer.DeferredLock()
        return self._quorate_enabling.run(enable, original, self, member, key, msg)

    @defer.inlineCallbacks
    def enable(original, scheduler, member, key, msg):
        if not member.owns(scheduler.name):
            scheduler.enabled = msg['enabled']  # owned by another master; read again when this one becomes the owner
            return
        yield original(key, msg)
        yield occasions.sweep(scheduler) if msg['enabled'] else occasions.disabled(scheduler)

    @replaces_in_all(timed, '_actuate')
    def actuate(original, self):
        self._quorate_last_build = self.lastActuated
        return original()

    @replaces_in_all(timed, 'now')
    def now(original, self):
        # all masters plan by one clock: a tick ahead of it would keep the next owner waiting until its time
        return original() if member_of(self.master) is None else db_session.clock.now(original())

    @replaces_in_all(timed, 'startBuild')
    def start_build(original, self):
        if member_of(self.master) is None:
            return original()
        return occasions.tick(original, self)

    @replaces(Dependent, '_checkCompletedBuildsets')
    def check_completed_buildsets(original, self, bsid):
        if member_of(self.master) is None:
            return original(bsid)
        return occasions.schedule_downstream(self, bsid)


def _patch_reporters():
    @replaces(ReporterBase, '_got_event')
    @defer.inlineCallbacks
    def got_event(original, self, key, msg):
        mq = self.master.mq.impl if member_of(self.master) is not None else None
        if mq is None or mq.reporters == 'all' or mq.origin is None:
            yield original(key, msg)
        elif mq.origin == NO_MASTER and (yield is_first_active(self.master)):
            yield original(key, msg)


def has(cls, *names):
    """Returns whether a class has all these methods, whose replacement only adds a convenience; logs if not."""
    missing_names = [name for name in names if not hasattr(cls, name)]
    if missing_names:
        log.msg(f'quorate: {cls.__name__} of this Buildbot has no {", ".join(missing_names)}: it works as in stock')
    return not missing_names


def _patch_pollers():
    if has(GitPoller, 'activate', '_process_changes', 'setState', '_dovccmd'):
        _patch_git()
    if has(SVNPoller, 'get_new_logentries', 'submit_changes'):
        _patch_subversion()
    for cls in (GitHubPullrequestPoller, BitbucketPullrequestPoller):
        if has(cls, '_setCurrentRev', '_getCurrentRev', '_processChanges'):
            _patch_requests(cls)


def _patch_git():
    @replaces(GitPoller, 'activate')
    def activate(original, self):
        pollers.activated(self)
        return original()

    @replaces(GitPoller, '_process_changes')
    def process_changes(original, self, new_rev, branch):
        if member_of(self.master) is None:
            return original(new_rev, branch)
        return pollers.process_changes(original, self, new_rev, branch)

    @replaces(GitPoller, 'setState')
    def set_state(original, self, name, value):
        is_last = name == 'lastRev' and member_of(self.master) is not None
        return original(name, pollers.state(self, value) if is_last else value)

    @replaces(GitPoller, '_dovccmd')
    @defer.inlineCallbacks
    def dovccmd(original, self, command, args=None, *more, **named):
        output = yield original(command, args, *more, **named)
        if member_of(self.master) is not None and pollers.is_list_of_new(command, args):
            output = yield pollers.only_new(self, output, args, original)
        return output


def _patch_subversion():
    @replaces(SVNPoller, 'get_new_logentries')
    def get_new_logentries(original, self, logentries):
        self._quorate_before = self.last_change
        return original(logentries)

    @replaces(SVNPoller, 'submit_changes')
    def submit_changes(original, self, changes):
        if member_of(self.master) is None:
            return original(changes)
        return pollers.submit_changes(original, self, self._quorate_before, changes)


def _patch_requests(cls):
    """Patches a poller of pull requests."""
    store, current = cls._setCurrentRev, cls._getCurrentRev

    @replaces(cls, '_setCurrentRev')
    def set_current_rev(original, self, number, revision):
        if member_of(self.master) is None:
            return original(number, revision)
        return pollers.set_revision(original, self, current.__get__(self), number, revision)

    @replaces(cls, '_getCurrentRev')
    def get_current_rev(original, self, number):
        pollers.forget_revision(self)
        return original(number)

    @replaces(cls, '_processChanges')
    def process(original, self, *args):
        if member_of(self.master) is None:
            return original(*args)
        return pollers.process_requests(original, self, store.__get__(self), *args)


def _patch_workers():
    if not has(AbstractWorker, 'attached', '_missing_timer_fired'):
        return

    @replaces(AbstractWorker, 'attached')
    def attached(original, self, *args, **kwargs):
        self._quorate_was_here = True
        return original(*args, **kwargs)

    @replaces(AbstractWorker, '_missing_timer_fired')
    @defer.inlineCallbacks
    def missing_timer_fired(original, self):
        if member_of(self.master) is None or (yield missing.is_to_report(self.master, self, is_first_active)):
            yield original()
        else:
            self.missing_timer = None


@defer.inlineCallbacks
def is_first_active(master):
    """Returns whether this master has the lowest id of all that are active.

    That master reports what no master did, such as an operator's cancel.
    """
    masters = yield master.db.masters.getMasters()
    active = [row_cache.field(m, 'id') for m in masters if row_cache.field(m, 'active')]
    return master.masterid == min(active, default=None)
