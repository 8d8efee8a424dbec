-- The public contract: what any program with a PostgreSQL driver may read. Views and functions only; the tables behind them
-- may change at any release. Each object's comment begins with its promise: granite never changes within v1 (columns are
-- only added at the end), brass changes with 12 months' notice, sticker may change at any release.
-- Locks: none of an existing table. All times are timestamptz by the database's clock.

create schema quorate_v1;
comment on schema quorate_v1 is 'granite: what programs other than Quorate''s own may use. Start with: select * from quorate_v1.contract';

-- Buildbot's result codes as words; null while there is no result.
create function quorate.result_word(code integer) returns text language sql immutable as $$
  select case code when 0 then 'success' when 1 then 'warnings' when 2 then 'failure' when 3 then 'skipped'
                   when 4 then 'exception' when 5 then 'retry' when 6 then 'cancelled' end
$$;

create view quorate_v1.cluster as
select c.name,
       c.cluster_uuid,
       c.founded_at,
       quorate.schema_version() as schema_version,
       m.name as leader,
       l.epoch as leader_epoch,
       case when m.name is not null then l.since end as leader_since
  from quorate.cluster c
  cross join quorate.leader l
  left join quorate.master m on m.masterid = l.masterid and m.incarnation = l.incarnation and m.state = 'active';
comment on view quorate_v1.cluster is 'granite: one row: which cluster this is, its schema version, and the housekeeper, if its incarnation is still active.';

create view quorate_v1.masters as
select b.name,
       b.id as masterid,
       m.epoch,
       case when m.masterid is null then 'stock'
            when m.state = 'active' and m.draining then 'draining'
            else m.state end as state,
       coalesce(m.draining, false) as draining,
       (select count(*) from buildrequest_claims c join buildrequests r on r.id = c.brid
         where c.masterid = b.id and r.complete = 0) as claims,
       (select count(*) from quorate.scheduler s where s.masterid = b.id and s.epoch = m.epoch and m.state = 'active') as schedulers,
       (select count(*) from builder_masters o where o.masterid = b.id) as builders,
       exists (select 1 from quorate.leader l where l.masterid = m.masterid and l.incarnation = m.incarnation
                                                and m.state = 'active') as leads,
       m.incarnation,
       coalesce(m.changed_at, to_timestamp(b.last_active)) as changed_at,
       m.changed_by
  from masters b
  left join quorate.master m on m.masterid = b.id
 where m.masterid is not null or b.active = 1;
comment on view quorate_v1.masters is 'granite: one row a master. state: active; draining (active, takes no new claims); fenced (its epoch is over, its claims wait for the kill time); dead (holds nothing); stock (a Buildbot master without an agent).';

create view quorate_v1.schedulers as
select n.name,
       n.id as schedulerid,
       m.name as owner,
       coalesce(s.term, 0) as term,
       coalesce(n.enabled, 1) <> 0 as enabled,
       p.name as preferred,
       s.changed_at,
       t.committed_at as last_tick_at,
       t.occasion as last_tick,
       t.buildsetid as last_buildsetid
  from schedulers n
  left join quorate.scheduler s on s.schedulerid = n.id
  left join quorate.master m on m.masterid = s.masterid and m.epoch = s.epoch and m.state = 'active'
  left join quorate.master p on p.masterid = s.preferred_masterid
  left join lateral (
    select k.committed_at, k.occasion, k.buildsetid from quorate.tick k
     where k.schedulerid = n.id order by k.tick_at desc limit 1) t on true;
comment on view quorate_v1.schedulers is 'granite: one row a scheduler. owner is null unless the owner''s row is active in the epoch of the term; changed_at is when the term began or ended.';

create view quorate_v1.requests as
select r.id,
       b.name as builder,
       case when r.complete <> 0 then 'complete' when c.brid is not null then 'claimed' else 'pending' end as state,
       o.name as owner,
       q.attempt,
       q.epoch,
       r.priority,
       to_timestamp(r.submitted_at) as submitted_at,
       coalesce(q.claimed_at, to_timestamp(c.claimed_at)) as claimed_at,
       to_timestamp(r.complete_at) as complete_at,
       case when r.complete <> 0 then quorate.result_word(r.results) end as results,
       r.buildsetid,
       s.reason,
       (select p.property_value::jsonb ->> 0 from buildset_properties p
         where p.buildsetid = r.buildsetid and p.property_name = 'scheduler' limit 1) as scheduler,
       r.builderid,
       exists (select 1 from quorate.cancellation x where x.brid = r.id) as cancelling
  from buildrequests r
  join builders b on b.id = r.builderid
  join buildsets s on s.id = r.buildsetid
  left join buildrequest_claims c on c.brid = r.id
  left join masters o on o.id = c.masterid
  left join quorate.claim q on q.brid = r.id;
comment on view quorate_v1.requests is 'granite: one row a buildrequest. state: pending, claimed, complete; results: success, warnings, failure, skipped, exception, cancelled; owner stays after completion; cancelling: the holder was asked to cancel it.';

create view quorate_v1.builders as
select b.name,
       b.id as builderid,
       coalesce(q.pending, 0) as pending,
       coalesce(q.running, 0) as running,
       q.oldest_pending_at,
       (select coalesce(array_agg(m.name order by m.name), '{}')
          from builder_masters o join quorate.master m on m.masterid = o.masterid
         where o.builderid = b.id and m.state = 'active') as masters
  from builders b
  left join (
    select r.builderid,
           count(*) filter (where c.brid is null) as pending,
           count(*) filter (where c.brid is not null) as running,
           to_timestamp(min(r.submitted_at) filter (where c.brid is null)) as oldest_pending_at
      from buildrequests r left join buildrequest_claims c on c.brid = r.id
     where r.complete = 0
     group by r.builderid) q on q.builderid = b.id;
comment on view quorate_v1.builders is 'granite: one row a builder: its queue, and the living masters that offer it.';

create view quorate_v1.history as
select h.seq,
       h.at,
       h.kind,
       h.brid as request,
       n.name as scheduler,
       m.name as master,
       h.epoch,
       h.attempt,
       h.term,
       h.leader_epoch,
       quorate.result_word(h.results) as results,
       h.occasion,
       h.actor,
       h.why
  from quorate.history h
  left join schedulers n on n.id = h.schedulerid
  left join masters m on m.id = h.masterid;
comment on view quorate_v1.history is 'brass: everything that happened, in the order of seq per request, master and scheduler. Give a lower bound of at, so that old days are not read.';

create view quorate_v1.failovers as
select f.at as fenced_at,
       m.name as master,
       f.epoch,
       f.leader_epoch,
       f.actor,
       f.why,
       seen.at as last_sign_at,
       r.released_at,
       r.claims,
       c.reclaimed_at,
       c.reclaimed,
       (extract(epoch from f.at - seen.at) * 1000)::bigint as detect_ms,
       (extract(epoch from r.released_at - f.at) * 1000)::bigint as release_ms,
       (extract(epoch from c.reclaimed_at - r.released_at) * 1000)::bigint as reclaim_ms
  from (select h.*, lead(h.at, 1, 'infinity') over (partition by h.masterid order by h.seq) as next_at
          from quorate.history h where h.kind = 'fence') f
  left join masters m on m.id = f.masterid
  left join lateral (
    select h.at from quorate.history h
     where h.at < f.at and h.at > f.at - interval '10 minutes' and h.actor = 'master:' || m.name
     order by h.at desc limit 1) seen on true
  cross join lateral (
    select max(h.at) as released_at, count(*) as claims, array_agg(h.brid) as brids
      from quorate.history h
     where h.kind = 'release' and h.masterid = f.masterid and h.epoch = f.epoch
       and h.at >= f.at and h.at < least(f.next_at, f.at + interval '1 hour')) r
  cross join lateral (
    select min(h.at) as reclaimed_at, count(distinct h.brid) as reclaimed
      from quorate.history h
     where h.kind = 'claim' and h.brid = any(r.brids) and h.at >= r.released_at
       and h.at < least(f.next_at, f.at + interval '1 day')) c;
comment on view quorate_v1.failovers is 'brass: one row a fence, with the epoch that it ended: the last write of the master in the ten minutes before it, when its claims were released, when the first of them was claimed again. Null: not yet, or nothing was held.';

-- The promise of each object, read from its comment, so that the two cannot differ.
create view quorate_v1.contract as
select o.object,
       o.kind,
       split_part(o.comment, ':', 1) as promise,
       'v1' as since,
       ltrim(substr(o.comment, strpos(o.comment, ':') + 1)) as description
  from (
    select c.relname::text as object, 'view' as kind, coalesce(obj_description(c.oid, 'pg_class'), '') as comment
      from pg_class c where c.relnamespace = 'quorate_v1'::regnamespace and c.relkind = 'v'
    union all
    select p.proname || '(' || pg_get_function_arguments(p.oid) || ')', 'function',
           coalesce(obj_description(p.oid, 'pg_proc'), '')
      from pg_proc p where p.pronamespace = 'quorate_v1'::regnamespace) o;
comment on view quorate_v1.contract is 'granite: this list: every public view and function with its promise.';
