"""What makes a scheduler's buildsets happen once: each names its occasion (a time, a change, a buildset upstream).

The occasion travels as a property of the buildset. A trigger of the database takes it out again and keeps it, in the commit of
the buildset, under the scheduler's current term: a second buildset for the same occasion, or one of a term that is over, is refused.
So what an owner may have missed, or done without being able to note it, can be tried again at will: changes that arrived while
nobody owned the scheduler, and buildsets upstream.
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
LOOK_BACK = 100  # change ids: a transaction that began earlier may commit later


class NotOwned(Exception):
    """This master does not own the scheduler (any more)."""


def current(scheduler):
    """The occasion that is being committed, or None."""
    return getattr(scheduler, '_quorate_occasion', None)


@defer.inlineCallbacks
def call_with_occasion(scheduler, occasion, method, *args, **kwargs):
    """Calls the method; the buildset that it adds is of this occasion. Callers hold the scheduler's own lock."""
    scheduler._quorate_occasion = occasion
    try:
        return (yield method(*args, **kwargs))
    finally:
        scheduler._quorate_occasion = None


@defer.inlineCallbacks
def add_buildset(original, scheduler, member, *args, properties=None, **kwargs):
    occasion = current(scheduler)
    if occasion is None:
        return (yield original(*args, properties=properties, **kwargs))
    term = member.owned.get(scheduler.name)
    if term is None or member.fenced:
        raise NotOwned(f'{occasion} of {scheduler.name} is not for this master')
    told = Properties()
    if properties:
        told.updateFromProperties(properties)
    told.setProperty(PROPERTY, {'scheduler': scheduler.name, 'term': term, 'occasion': occasion}, 'quorate')
    try:
        return (yield original(*args, properties=told, **kwargs))
    except sa.exc.IntegrityError as e:
        if 'tick_pkey' not in str(e.orig):
            raise
        log.msg(f'quorate: {occasion} of {scheduler.name} was scheduled before')
        return None, {}


def is_refused(e):
    """Whether the database refused the term or the epoch."""
    return isinstance(e, NotOwned) or (isinstance(e, sa.exc.DBAPIError) and getattr(e.orig, 'pgcode', '') in ('QF001', 'QF002'))


# Timed schedulers

@defer.inlineCallbacks
def tick(original, scheduler):
    at = datetime.datetime.fromtimestamp(int(scheduler.lastActuated), datetime.timezone.utc)
    before = {'last_build': scheduler._quorate_last_build}
    if isinstance(scheduler, NightlyTriggerable):
        before['lastTrigger'] = yield scheduler.getState('lastTrigger', None)
    try:
        yield call_with_occasion(scheduler, f'at {at:%Y-%m-%dT%H:%M:%SZ}', original)
    except Exception as e:
        if is_refused(e):
            # it was noted as done before it was tried: the next owner must find it undone
            for name, value in before.items():
                yield scheduler.setState(name, value)
        raise


# Changes

class SeenChanges:
    """Which changes a scheduler has looked at: all up to ``first``, and those in ``done``."""

    def __init__(self, first=0, done=()):
        self.first = first
        self.done = set(done)
        self.pending = set()

    def is_new(self, changeid):
        return changeid > self.first and changeid not in self.done

    def lower_bound(self):
        return max([self.first, max(self.done, default=0) - LOOK_BACK])

    def state(self):
        self.first = self.lower_bound()
        self.done = {c for c in self.done if c > self.first}
        return {'first': self.first, 'done': sorted(self.done - self.pending)}


@defer.inlineCallbacks
def change_arrived(original, scheduler, key, msg, *args, **kwargs):
    seen = getattr(scheduler, '_quorate_seen', None)
    changeid = msg['changeid']
    if not scheduler._change_consumer or seen is None or not seen.is_new(changeid):
        return  # before the state is read it is made up for, from the database
    seen.done.add(changeid)
    seen.pending.add(changeid)
    try:
        yield original(key, msg, *args, **kwargs)
        # what it began holds this lock until it is committed
        yield scheduler._change_consumption_lock.run(lambda: None)
    finally:
        seen.pending.discard(changeid)
    yield _save(scheduler, seen)


@defer.inlineCallbacks
def _save(scheduler, seen):
    yield scheduler.setState('quorate_changes', seen.state())


@defer.inlineCallbacks
def catch_up_changes(scheduler):
    """Looks at the changes that came while nobody did. A scheduler that is new here begins with those to come."""
    consumer = getattr(scheduler, '_change_consumer', None)
    if consumer is None:
        return
    seen = getattr(scheduler, '_quorate_seen', None)
    if seen is None:
        state = yield scheduler.getState('quorate_changes', None)
        if state is None:
            seen = SeenChanges((yield _query_number(scheduler.master, 'select coalesce(max(changeid), 0) from changes')))
            yield _save(scheduler, seen)
        else:
            seen = SeenChanges(state['first'], state['done'])
        scheduler._quorate_seen = seen
    ids = yield _query_numbers(
        scheduler.master, 'select changeid from changes where changeid > :bound order by changeid', bound=seen.lower_bound())
    for changeid in ids:
        if seen.is_new(changeid) and scheduler._change_consumer is consumer and consumer.callback:
            try:
                yield consumer.callback(('changes', str(changeid), 'new'), {'changeid': changeid})
            except Exception as e:
                log.err(e, f'quorate: scheduler {scheduler.name} cannot use change {changeid}')
            if scheduler._quorate_seen is seen and scheduler._change_consumer is consumer and seen.is_new(changeid):
                # its class has a _changeCallback of its own; without this each sweep would schedule the change again
                log.msg(f'quorate: scheduler {scheduler.name} did not note change {changeid}, which is not given to it again')
                seen.done.add(changeid)
                yield _save(scheduler, seen)


def deactivated(scheduler):
    """The scheduler is not active here any more: whoever is next reads the state anew."""
    scheduler._quorate_seen = None


@defer.inlineCallbacks
def disabled(scheduler):
    """The scheduler was disabled: what comes now is not for it, as in stock Buildbot."""
    deactivated(scheduler)
    yield scheduler.setState('quorate_upstream' if isinstance(scheduler, Dependent) else 'quorate_changes', None)


# Dependent schedulers

UPSTREAM_BUILDSETS = '''
    select b.id from buildsets b
      join buildset_properties p on p.buildsetid = b.id and p.property_name = 'scheduler' and p.property_value = :upstream
     where b.id > :position order by b.id'''


@defer.inlineCallbacks
def add_missed_upstream(scheduler):
    """Adds the buildsets upstream of which no event told."""
    if scheduler.objectid is None:
        # 3.7 never sets it, and so keeps what it waits for in memory only
        scheduler.objectid = yield scheduler.master.db.state.getObjectId(scheduler.name, scheduler.__class__.__name__)
    position = yield scheduler.getState('quorate_upstream', None)
    if position is None:
        position = yield _query_number(scheduler.master, 'select coalesce(max(id), 0) from buildsets')
        yield scheduler.setState('quorate_upstream', position)
    upstream = json.dumps([scheduler.upstream_name, 'Scheduler'])
    for bsid in (yield _query_numbers(scheduler.master, UPSTREAM_BUILDSETS, upstream=upstream, position=position)):
        yield scheduler._subscription_lock.run(scheduler._addUpstreamBuildset, bsid)


def schedule_downstream(scheduler, bsid):
    return scheduler._subscription_lock.run(_schedule_downstream, scheduler, bsid)


@defer.inlineCallbacks
def _schedule_downstream(scheduler, bsid):
    ended = []
    priority = {'priority': scheduler.priority} if hasattr(scheduler, 'priority') else {}  # 4.x
    for upstream, sourcestamps, complete, results in (yield scheduler._getUpstreamBuildsets()):
        if not complete and upstream != bsid:
            continue
        if results in (SUCCESS, WARNINGS):
            yield call_with_occasion(scheduler, f'buildset {upstream}', scheduler.addBuildsetForSourceStamps,
                         sourcestamps=list(sourcestamps), reason='downstream', **priority)
        ended.append(upstream)
    if ended:
        yield scheduler._removeUpstreamBuildsets(ended)
        waiting = scheduler._cached_upstream_bsids
        yield scheduler.setState('quorate_upstream', min(waiting) - 1 if waiting else max(ended))


@defer.inlineCallbacks
def sweep(scheduler):
    """Once in a while: what no event told of, because whoever should have said it died."""
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
