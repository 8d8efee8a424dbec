-- Change sources are owned as schedulers are, and buildmasters talk to each other through quorate.event.
-- Locks: SHARE ROW EXCLUSIVE on changesource_masters for an instant; ACCESS EXCLUSIVE on quorate.event, which is of the migration
-- before this one.

-- Whatever a master may own for a term: Buildbot's schedulers, and its change sources with the id negated and the name prefixed.
-- The hash is Buildbot's own, prefixed likewise. A scheduler by the name of changesource:… is no buildmaster's to offer.
create view quorate.ownable as
select s.id as schedulerid, s.name, coalesce(s.enabled, 1)::integer as enabled, s.name_hash::text as hash
  from schedulers s
union all
select -c.id, 'changesource:' || c.name, 1, 'changesource:' || c.name_hash
  from changesources c;
comment on column quorate.scheduler.schedulerid is 'As in quorate.ownable: negative for a change source.';

create or replace view quorate_v1.schedulers as
select n.name,
       n.schedulerid,
       m.name as owner,
       coalesce(s.term, 0) as term,
       n.enabled <> 0 as enabled,
       p.name as preferred,
       s.changed_at,
       t.committed_at as last_tick_at,
       t.occasion as last_tick,
       t.buildsetid as last_buildsetid
  from quorate.ownable n
  left join quorate.scheduler s on s.schedulerid = n.schedulerid
  left join quorate.master m on m.masterid = s.masterid and m.epoch = s.epoch and m.state = 'active'
  left join quorate.master p on p.masterid = s.preferred_masterid
  left join lateral (
    select k.committed_at, k.occasion, k.buildsetid from quorate.tick k
     where k.schedulerid = n.schedulerid order by k.tick_at desc limit 1) t on true;
comment on view quorate_v1.schedulers is 'granite: one row a scheduler, and one a change source, whose name begins with changesource: and whose schedulerid is negative. owner is null unless the owner''s row is active in the epoch of the term; changed_at is when the term began or ended.';

create or replace view quorate_v1.history as
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
  left join quorate.ownable n on n.schedulerid = h.schedulerid
  left join masters m on m.id = h.masterid;

create or replace function quorate.scheduler_id(scheduler text)
returns integer language plpgsql stable set search_path = public, pg_temp as $$
declare
  id integer;
begin
  select n.schedulerid into id from quorate.ownable n where n.name = scheduler_id.scheduler;
  if id is null then
    raise exception 'no scheduler %', quote_nullable(left(scheduler, 80)) using errcode = 'no_data_found',
      hint = (select quorate.nearest(scheduler, array_agg(n.name)) from quorate.ownable n);
  end if;
  return id;
end $$;

create or replace function quorate_v1.enable(scheduler text, enabled boolean default true, why text default null)
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
  scheduler_id integer := quorate.scheduler_id(scheduler);
  word text := case when enabled then 'enable' else 'disable' end;
begin
  if enable.enabled is null then
    raise exception 'enabled must be true or false' using errcode = 'invalid_parameter_value';
  end if;
  if scheduler_id < 0 then
    raise exception '% is a change source, which Buildbot cannot disable', enable.scheduler
      using errcode = 'object_not_in_prerequisite_state', hint = 'take it out of the configuration of every master';
  end if;
  update schedulers n set enabled = enable.enabled::integer
   where n.id = scheduler_id and coalesce(n.enabled, 1) <> enable.enabled::integer;
  if not found then
    return 'unchanged';
  end if;
  insert into quorate.history (kind, schedulerid, actor, why) values (word, scheduler_id, quorate.actor(), left(enable.why, 1000));
  perform quorate.tell('schedulers', scheduler_id, 'updated');
  perform pg_notify('quorate_control', word);
  return word || 'd';
end $$;

-- I7: as quorate.keep_ownership, for a change source.
create function quorate.keep_source_ownership() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select 1 from quorate.scheduler s
              where s.schedulerid = -new.changesourceid
                and (s.masterid, s.epoch) is distinct from (quorate.session_masterid(), quorate.session_epoch()))
     and not exists (select 1 from changesource_masters m where m.changesourceid = new.changesourceid) then
    raise exception 'master % does not own change source %', quorate.session_masterid(), new.changesourceid using errcode = 'QF002';
  end if;
  return new;
end $$;
select quorate.guard('changesource_masters', 'quorate_own', 'before insert', 'row', '', 'quorate.keep_source_ownership()');

-- As it was said, to the last digit: json, not jsonb. The attempt finds again what a lost commit may have written.
alter table quorate.event
  alter column events type json using events::json,
  add column attempt uuid;
create index event_masterid on quorate.event (masterid, seq);
comment on table quorate.event is 'For each masterid seq is the order of the commits, so that who has read up to a seq has missed nothing before it. Kept for an hour.';

-- What Quorate itself says is written by any session. It gets its number at the commit, under a lock that is held for nothing
-- else and is the last that a transaction takes; so a transaction that stays open delays nobody. At the commit no function of ours
-- is at work any more whose rights it would have, so it runs with its owner's.
create function quorate.number_event() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtext('quorate.event'));
  update quorate.event set seq = default where seq = new.seq;
  return null;
end $$;
create constraint trigger quorate_number after insert on quorate.event deferrable initially deferred
  for each row when (new.masterid = 0) execute function quorate.number_event();

-- Where there are only Quorate's own tables nobody listens.
create or replace function quorate.tell(kind text, id integer, event text) returns void language sql as $$
  insert into quorate.event (masterid, events)
  select 0, json_build_array(json_build_object('keys', json_build_array(json_build_array(kind, id::text, event))))
   where to_regclass('quorate.flyway_standalone') is null;
  select pg_notify('quorate_event', '0') where to_regclass('quorate.flyway_standalone') is null;
$$;

-- I3, I4: the lock on the request comes first, so a claim, a completion or another cancel of it waits or was committed.
create or replace function quorate_v1.cancel(request integer, why text default 'cancelled')
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
  target record;
  holder record;
begin
  select r.id, r.complete, r.buildsetid, r.builderid into target from buildrequests r where r.id = cancel.request for update;
  if not found then
    raise exception 'no buildrequest %', cancel.request using errcode = 'no_data_found',
      hint = 'list them with select * from quorate_v1.requests';
  end if;
  if target.complete <> 0 then
    return 'complete';
  end if;
  select c.masterid, q.epoch, q.attempt, m.name into holder
    from buildrequest_claims c
    left join quorate.claim q on q.brid = c.brid
    left join masters m on m.id = c.masterid
   where c.brid = cancel.request;
  if holder.masterid is null then
    update buildrequests set complete = 1, results = 6, complete_at = extract(epoch from now())::integer
     where id = cancel.request;
    perform quorate.tell('buildrequests', cancel.request, 'complete');
    update buildsets b set complete = 1, complete_at = extract(epoch from now())::integer,
           results = case when exists (select 1 from buildrequests r where r.buildsetid = b.id and r.results not in (0, 1))
                          then 2 else 0 end
     where b.id = target.buildsetid and b.complete = 0
       and not exists (select 1 from buildrequests r where r.buildsetid = b.id and r.complete = 0);
    if found then
      perform pg_notify('quorate_buildset', target.buildsetid::text);
      perform quorate.tell('buildsets', target.buildsetid, 'complete');
    end if;
    insert into quorate.history (kind, brid, results, actor, why)
    values ('cancel', cancel.request, 6, quorate.actor(), left(cancel.why, 1000));
    perform pg_notify('quorate_control', 'cancel');
    return 'cancelled';
  end if;
  if holder.attempt is null then
    raise exception 'buildrequest % is held by %, a master without an agent', cancel.request, holder.name
      using errcode = 'object_not_in_prerequisite_state', hint = 'stop the build in that master''s own web page';
  end if;
  insert into quorate.cancellation (brid, actor, why) values (cancel.request, quorate.actor(), left(coalesce(cancel.why, ''), 1000))
  on conflict (brid) do nothing;
  if found then
    insert into quorate.history (kind, brid, masterid, epoch, attempt, actor, why)
    values ('cancel', cancel.request, holder.masterid, holder.epoch, holder.attempt, quorate.actor(), left(cancel.why, 1000));
  end if;
  perform pg_notify('quorate_control', 'cancel');
  return 'asked';
end $$;

create or replace function quorate.schema_version() returns integer language sql immutable as 'select 3';
