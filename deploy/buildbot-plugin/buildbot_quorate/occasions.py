"""Makes a scheduler's buildsets happen once. Each names its occasion: a time, a change, or a buildset upstream.

The occasion travels as a property of the buildset. A trigger in the database takes the property out again, and stores
the occasion in the commit of the buildset, under the scheduler's current term. It refuses a second buildset for the
same occasion, and a buildset under a term that is over. So an owner can safely try again what it may have missed, or
may have done without noting it: changes that arrived while nobody owned the scheduler, and completed buildsets
upstream. If one handling of an occasion makes several buildsets, those after the first are numbered: ``change 7 #2``.

Functions that are called ``original`` are Buildbot's own methods, already bound to the scheduler.
"""

import datetime
import json

import sqlalchemy as sa
from buildbot.process.properties import Properties
from buildbot.process.results import SUCCESS
from buildbot.process.results import WARNINGS
from buildbot.schedulers.dependent import Dependent
from buildbot.schedulers.timed import NightlyTriggerable
from twisted.internet import defer
from twisted.python import log

PROPERTY = 'quorate.occasion'
LOOK_BACK = 100  # change ids; a change with a lower id may be committed later
MAX_COUNTS = 1000  # occasions of a scheduler whose buildsets are counted; the one that is used last is kept longest


class NotOwned(Exception):
    """This master does not own the scheduler, or not any more."""


def current(scheduler):
    """Returns the occasion of the buildset that is being added, or None."""
    return getattr(scheduler, '_quorate_occasion', None)


def _counts(scheduler):
    """Returns how many buildsets each occasion has so far; a tree-stable timer adds those of a change much later."""
    return scheduler.__dict__.setdefault('_quorate_counts', {})


def begin(scheduler, occasion):
    """Numbers the buildsets of an occasion from 1 again: it is handled for the first time, or once more."""
    _counts(scheduler).pop(occasion, None)


def _numbered(scheduler, occasion):
    """Returns the name of the next buildset of an occasion."""
    counts = _counts(scheduler)
    number = counts.pop(occasion, 0) + 1
    counts[occasion] = number
    while len(counts) > MAX_COUNTS:
        del counts[next(iter(counts))]
    return occasion if number == 1 else f'{occasion} #{number}'


@defer.inlineCallbacks
def call_with_occasion(scheduler, occasion, method, *args, **kwargs):
    """Calls the method, which may add a buildset for this occasion. The caller holds the scheduler's own lock."""
    scheduler._quorate_occasion = occasion
    try:
        return (yield method(*args, **kwargs))
    finally:
        scheduler._quorate_occasion = None


@defer.inlineCallbacks
def add_buildset(original, scheduler, member, *args, properties=None, **kwargs):
    """Replaces ``addBuildsetForSourceStamps``. Returns (as a Deferred) ``(bsid, {builderid: brid})``.

    Returns ``(None, {})`` if the occasion has its buildset already. Fails with ``NotOwned``, or with the database's
    error QF001 or QF002 if the term or the epoch is over.
    """
    occasion = current(scheduler)
    if occasion is None:
        return (yield original(*args, properties=properties, **kwargs))
    term = member.owned.get(scheduler.name)
    if term is None or member.fenced:
        raise NotOwned(f'this master does not own scheduler {scheduler.name}: no buildset for {occasion}')
    occasion = _numbered(scheduler, occasion)
    with_occasion = Properties()
    if properties:
        with_occasion.updateFromProperties(properties)
    with_occasion.setProperty(PROPERTY, {'scheduler': scheduler.name, 'term': term, 'occasion': occasion}, 'quorate')
    try:
        return (yield original(*args, properties=with_occasion, **kwargs))
    except sa.exc.IntegrityError as e:
        if 'tick_pkey' not in str(e.orig):
            raise
        log.msg(f'quorate: scheduler {scheduler.name} has a buildset for {occasion} already')
        return None, {}


def is_refused(e):
    """Returns whether the buildset was refused since the term or the epoch is over."""
    if isinstance(e, sa.exc.DBAPIError):
        return getattr(e.orig, 'pgcode', '') in ('QF001', 'QF002')
    return isinstance(e, NotOwned)


# Timed schedulers

@defer.inlineCallbacks
def tick(original, scheduler):
    """Replaces ``startBuild`` of a timed scheduler; the occasion is the planned time, in UTC and whole seconds.

    Stock stores ``last_build`` and clears ``lastTrigger`` before it adds the buildset (buildbot/schedulers/timed.py).
    If the buildset is refused, since the scheduler has moved, both get their old values again, so that the next owner
    ticks. That is no error, which stock would log with a traceback.
    """
    at = datetime.datetime.fromtimestamp(int(scheduler.lastActuated), datetime.timezone.utc)
    before = {'last_build': scheduler._quorate_last_build}
    if isinstance(scheduler, NightlyTriggerable):
        before['lastTrigger'] = yield scheduler.getState('lastTrigger', None)
    occasion = f'at {at:%Y-%m-%dT%H:%M:%SZ}'
    begin(scheduler, occasion)
    try:
        yield call_with_occasion(scheduler, occasion, original)
    except Exception as e:
        if not is_refused(e):
            raise
        for name, value in before.items():
            yield scheduler.setState(name, value)
        log.msg(f'quorate: scheduler {scheduler.name} has moved: the tick {occasion} is left to its next owner')


# Changes

class SeenChanges:
    """The changes that a scheduler has looked at: all up to ``first``, and those in ``done``. All are change ids."""

    def __init__(self, first=0, done=()):
        self.first = first
        self.done = set(done)
        self.pending = set()  # those in done at which the scheduler still looks

    def is_new(self, changeid):
        return changeid > self.first and changeid not in self.done

    def lower_bound(self):
        """Returns the change id after which unseen changes are looked for."""
        return max([self.first, max(self.done, default=0) - LOOK_BACK])

    def state(self):
        """Returns what the scheduler's state ``quorate_changes`` holds: ``{'first': id, 'done': [id]}``."""
        self.first = self.lower_bound()
        self.done = {c for c in self.done if c > self.first}
        return {'first': self.first, 'done': sorted(self.done - self.pending)}


@defer.inlineCallbacks
def change_arrived(original, scheduler, key, msg, *args, **kwargs):
    """Replaces ``_changeCallback``: gives the scheduler a change, and stores that it was given when that is done."""
    seen = getattr(scheduler, '_quorate_seen', None)
    changeid = msg['changeid']
    if not scheduler._change_consumer or seen is None or not seen.is_new(changeid):
        return  # before the state is read: catch_up_changes finds the change in the database
    seen.done.add(changeid)
    seen.pending.add(changeid)
    begin(scheduler, f'change {changeid}')
    try:
        yield original(key, msg, *args, **kwargs)
        # Buildbot holds this lock until what the change began is committed (buildbot/schedulers/base.py)
        yield scheduler._change_consumption_lock.run(lambda: None)
    finally:
        seen.pending.discard(changeid)
    yield _save(scheduler, seen)


@defer.inlineCallbacks
def _save(scheduler, seen):
    yield scheduler.setState('quorate_changes', seen.state())


@defer.inlineCallbacks
def catch_up_changes(scheduler):
    """Gives the scheduler the changes that it missed. A scheduler without a state begins with the changes to come."""
    consumer = getattr(scheduler, '_change_consumer', None)
    if consumer is None:
        return
    seen = getattr(scheduler, '_quorate_seen', None)
    if seen is None:
        state = yield scheduler.getState('quorate_changes', None)
        if state is None:
            newest = yield _query_number(scheduler.master, 'select coalesce(max(changeid), 0) from changes')
            seen = SeenChanges(newest)
            yield _save(scheduler, seen)
        else:
            seen = SeenChanges(state['first'], state['done'])
        scheduler._quorate_seen = seen
    query = 'select changeid from changes where changeid > :bound order by changeid'
    ids = yield _query_numbers(scheduler.master, query, bound=seen.lower_bound())
    for changeid in ids:
        if seen.is_new(changeid) and scheduler._change_consumer is consumer and consumer.callback:
            begin(scheduler, f'change {changeid}')
            try:
                yield consumer.callback(('changes', str(changeid), 'new'), {'changeid': changeid})
            except Exception as e:
                log.err(e, f'quorate: scheduler {scheduler.name} failed at change {changeid}')
            if scheduler._quorate_seen is seen and scheduler._change_consumer is consumer and seen.is_new(changeid):
                # its class has its own _changeCallback; without this each sweep would give it the change again
                log.msg(f'quorate: scheduler {scheduler.name} has its own _changeCallback: '
                        f'change {changeid} is noted as given to it')
                seen.done.add(changeid)
                yield _save(scheduler, seen)


def deactivated(scheduler):
    """Forgets what was read of the scheduler's state: it is not active here any more, and its next owner changes it."""
    scheduler._quorate_seen = None
    scheduler._quorate_counts = {}


@defer.inlineCallbacks
def disabled(scheduler):
    """Clears the state of a scheduler that was disabled: what comes from now on is not for it, as in stock."""
    deactivated(scheduler)
    yield scheduler.setState('quorate_upstream' if isinstance(scheduler, Dependent) else 'quorate_changes', None)


# Dependent schedulers

UPSTREAM_BUILDSETS = '''
    select b.id from buildsets b
      join buildset_properties p on p.buildsetid = b.id
       and p.property_name = 'scheduler' and p.property_value = :upstream
     where b.id > :position order by b.id'''


@defer.inlineCallbacks
def add_missed_upstream(scheduler):
    """Makes a dependent scheduler wait for the buildsets upstream that no event reported to it."""
    if scheduler.objectid is None:
        # 3.7 never sets it, so the buildsets that it waits for are never stored (buildbot/schedulers/dependent.py)
        scheduler.objectid = yield scheduler.master.db.state.getObjectId(scheduler.name, scheduler.__class__.__name__)
    position = yield scheduler.getState('quorate_upstream', None)
    if position is None:
        position = yield _query_number(scheduler.master, 'select coalesce(max(id), 0) from buildsets')
        yield scheduler.setState('quorate_upstream', position)
    upstream = json.dumps([scheduler.upstream_name, 'Scheduler'])
    for bsid in (yield _query_numbers(scheduler.master, UPSTREAM_BUILDSETS, upstream=upstream, position=position)):
        yield scheduler._subscription_lock.run(scheduler._addUpstreamBuildset, bsid)


def schedule_downstream(scheduler, bsid):
    """Replaces ``_checkCompletedBuildsets``: adds a buildset for each one upstream that succeeded.

    ``bsid``: a buildset that is complete by its event, or None.
    """
    return scheduler._subscription_lock.run(_schedule_downstream, scheduler, bsid)


@defer.inlineCallbacks
def _schedule_downstream(scheduler, bsid):
    ended = []
    priority = {'priority': scheduler.priority} if hasattr(scheduler, 'priority') else {}  # 4.x
    for upstream, sourcestamps, complete, results in (yield scheduler._getUpstreamBuildsets()):
        if not complete and upstream != bsid:
            continue
        if results in (SUCCESS, WARNINGS):
            begin(scheduler, f'buildset {upstream}')
            yield call_with_occasion(scheduler, f'buildset {upstream}', scheduler.addBuildsetForSourceStamps,
                         sourcestamps=list(sourcestamps), reason='downstream', **priority)
        ended.append(upstream)
    if ended:
        yield scheduler._removeUpstreamBuildsets(ended)
        waiting = scheduler._cached_upstream_bsids
        yield scheduler.setState('quorate_upstream', min(waiting) - 1 if waiting else max(ended))


@defer.inlineCallbacks
def sweep(scheduler):
    """Lets an active scheduler find what no event reported: a master may have died before it sent the event."""
    if isinstance(scheduler, Dependent):
        yield add_missed_upstream(scheduler)
        yield scheduler._checkCompletedBuildsets(None)
    else:
        yield catch_up_changes(scheduler)


def _query_numbers(master, query, **values):
    return master.db.pool.do(lambda connection: [row[0] for row in connection.execute(sa.text(query), values)])


@defer.inlineCallbacks
def _query_number(master, query):
    return (yield _query_numbers(master, query))[0]
