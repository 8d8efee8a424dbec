-- Guards what a buildmaster itself writes to Buildbot's tables, so that a real, even unmodified Buildbot is fenced in the data.
-- Its sessions carry its authority in two settings, quorate.masterid and quorate.epoch, which its agent gives it when it
-- starts it (PGOPTIONS). A session without them (agents, operators, other programs) passes by; every trigger's WHEN says so.
-- Whoever sets them by hand can lie: this stops a zombie, not an attacker.
--
-- Two levels. A statement trigger fences first, before any row is locked, so that the order of locks is kept: leader, master,
-- scheduler, request, claim. Row triggers then judge the rows. What must be known to have failed is refused with an error of
-- class QF, which no part of Buildbot takes for a lost race (its answer to IntegrityError and ProgrammingError is a hot loop);
-- what would only be noise is passed over.
-- Locks: SHARE ROW EXCLUSIVE on each table that gets a trigger, for an instant.

create function quorate.session_masterid() returns integer language sql stable as $$
  select nullif(current_setting('quorate.masterid', true), '')::integer
$$;

create function quorate.session_epoch() returns bigint language sql stable as $$
  select nullif(current_setting('quorate.epoch', true), '')::bigint
$$;

create function quorate.session_actor() returns text language sql stable as $$
  select 'buildmaster:' || m.name from quorate.master m where m.masterid = quorate.session_masterid()
$$;

-- Whether that master, another than the session's, is alive, so that nothing of it is this session's business.
create function quorate.is_anothers(masterid integer) returns boolean language sql stable as $$
  select is_anothers.masterid <> quorate.session_masterid()
     and exists (select 1 from quorate.master m where m.masterid = is_anothers.masterid and m.state = 'active')
$$;

-- FENCE (I2, I3): whether the session's epoch is current. If it is, it stays so until the session's transaction ends.
create function quorate.holds_epoch() returns boolean language plpgsql as $$
begin
  perform 1 from quorate.master m
    where m.masterid = quorate.session_masterid() and m.epoch = quorate.session_epoch() and m.state = 'active'
      for share;
  return found;
end $$;

-- The same, as an error where it is not.
create function quorate.require_epoch() returns void language plpgsql as $$
begin
  if quorate.session_masterid() is null or quorate.session_epoch() is null then
    raise exception 'fenced: this session carries no epoch of a master' using errcode = 'QF001',
      hint = 'An agent gives its buildmaster the settings quorate.masterid and quorate.epoch.';
  elsif not quorate.holds_epoch() then
    raise exception 'fenced: epoch % of master % is over', quorate.session_epoch(), quorate.session_masterid()
      using errcode = 'QF001', hint = 'Its agent stops this buildmaster and starts it again in a new epoch.';
  end if;
end $$;

-- The fence of a buildmaster's statement. With the argument 'refuse' a stale epoch is an error; otherwise the row triggers find
-- it in quorate.trusted and pass the rows over.
create function quorate.enter() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_argv[0] = 'refuse' then
    perform quorate.require_epoch();
    perform set_config('quorate.trusted', 'yes', true);
  else
    perform set_config('quorate.trusted', case when quorate.holds_epoch() then 'yes' else 'no' end, true);
  end if;
  return null;
end $$;

-- I1, I9: a claim that the buildmaster inserts by itself (to cancel, to collapse, or without the plugin) is Quorate's too. One
-- that waited for the commit that completed its request lost a race, and is told so in the way that Buildbot knows.
create function quorate.note_claim() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  token uuid := gen_random_uuid();
begin
  if new.masterid <> quorate.session_masterid() then
    raise exception 'master % claims buildrequest % for master %', quorate.session_masterid(), new.brid, new.masterid
      using errcode = 'QF001';
  end if;
  if exists (select 1 from buildrequests r where r.id = new.brid and r.complete = 1) then
    raise exception 'buildrequest % is complete', new.brid using errcode = 'unique_violation';
  end if;
  insert into quorate.claim (brid, masterid, epoch, attempt) values (new.brid, new.masterid, quorate.session_epoch(), token);
  insert into quorate.history (kind, brid, masterid, epoch, attempt, actor)
  values ('claim', new.brid, new.masterid, quorate.session_epoch(), token, quorate.session_actor());
  return null;
end $$;

-- I5: another master's claim stays. (When the request itself is deleted its claim goes with it.)
create function quorate.keep_claim() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if quorate.is_anothers(old.masterid) and exists (select 1 from buildrequests r where r.id = old.brid and r.complete = 0) then
    return null;
  end if;
  return old;
end $$;

create function quorate.note_unclaim() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  ended record;
begin
  delete from quorate.claim c
   where c.brid = old.brid and c.masterid = old.masterid and c.epoch = quorate.session_epoch()
  returning c.masterid, c.epoch, c.attempt into ended;
  if found then
    insert into quorate.history (kind, brid, masterid, epoch, attempt, actor, why)
    values ('release', old.brid, ended.masterid, ended.epoch, ended.attempt, quorate.session_actor(), 'the buildmaster gave it back');
    perform pg_notify('quorate_work', r.builderid::text) from buildrequests r where r.id = old.brid;
  end if;
  return null;
end $$;

-- I3, I4: only the holder completes; the claim ends with the completion.
create function quorate.note_complete() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  ended record;
begin
  delete from quorate.claim c
   where c.brid = new.id and c.masterid = quorate.session_masterid() and c.epoch = quorate.session_epoch()
  returning c.masterid, c.epoch, c.attempt into ended;
  if not found then
    raise exception 'master % does not hold buildrequest % in epoch %', quorate.session_masterid(), new.id, quorate.session_epoch()
      using errcode = 'QF002';
  end if;
  delete from quorate.cancellation x where x.brid = new.id;
  insert into quorate.history (kind, brid, masterid, epoch, attempt, results, actor)
  values ('complete', new.id, ended.masterid, ended.epoch, ended.attempt, new.results, quorate.session_actor());
  return new;
end $$;

-- A build that housekeeping ended stays as it ended; another master's, and all of a fenced one's, are passed over.
create function quorate.keep_build() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('quorate.trusted', true) = 'no'
     or quorate.is_anothers(old.masterid)
     or (old.complete_at is not null and new.results is distinct from old.results) then
    return null;
  end if;
  return new;
end $$;

-- Stock masters expire each other after ten minutes by their wall clocks. Whether a master with an agent is alive is not theirs to say.
create function quorate.keep_master() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('quorate.trusted', true) = 'no' or quorate.is_anothers(old.id) then
    return null;
  end if;
  return new;
end $$;

create function quorate.keep_attachment() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('quorate.trusted', true) = 'no' or quorate.is_anothers(old.masterid) then
    return null;
  end if;
  return old;
end $$;

create function quorate.keep_configured_worker() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('quorate.trusted', true) = 'no'
     or exists (select 1 from builder_masters b where b.id = old.buildermasterid and quorate.is_anothers(b.masterid)) then
    return null;
  end if;
  return old;
end $$;

-- I7: a scheduler that has terms is claimed in Buildbot's table by its owner only. Where another's row stands, its key answers.
create function quorate.keep_ownership() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select 1 from quorate.scheduler s
              where s.schedulerid = new.schedulerid
                and (s.masterid, s.epoch) is distinct from (quorate.session_masterid(), quorate.session_epoch()))
     and not exists (select 1 from scheduler_masters m where m.schedulerid = new.schedulerid) then
    raise exception 'master % does not own scheduler %', quorate.session_masterid(), new.schedulerid using errcode = 'QF002';
  end if;
  return new;
end $$;

create function quorate.keep_state() returns trigger language plpgsql as $$
begin
  return case when current_setting('quorate.trusted', true) = 'no' then null else new end;
end $$;

-- T7 for a real Buildbot (I7): the plugin adds the property quorate.occasion to a buildset, with scheduler, term and occasion. It
-- is not stored: it becomes the row of quorate.tick, in the commit of the buildset. A second one breaks the key tick_pkey.
create function quorate.note_occasion() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  asked jsonb := new.property_value::jsonb -> 0;
  owned record;
begin
  select s.schedulerid, s.term into owned
    from quorate.scheduler s join schedulers n on n.id = s.schedulerid
   where n.name = asked ->> 'scheduler' and s.term = (asked ->> 'term')::bigint
     and s.masterid = quorate.session_masterid() and s.epoch = quorate.session_epoch()
     for share of s;
  if not found then
    raise exception 'fenced: term % of % is over', asked ->> 'term', asked ->> 'scheduler' using errcode = 'QF001';
  end if;
  insert into quorate.tick (schedulerid, occasion, tick_at, term, masterid, epoch, buildsetid)
  values (owned.schedulerid, asked ->> 'occasion', clock_timestamp(), owned.term,
          quorate.session_masterid(), quorate.session_epoch(), new.buildsetid);
  insert into quorate.history (kind, schedulerid, masterid, epoch, term, occasion, actor)
  values ('tick', owned.schedulerid, quorate.session_masterid(), quorate.session_epoch(), owned.term,
          asked ->> 'occasion', quorate.session_actor());
  return null;
end $$;

-- Buildbot's tables that a database may lack (the standalone subset has fewer) are passed over.
create function quorate.guard(relation text, trigger_name text, moment text, each text, condition text, action text)
returns void language plpgsql as $$
begin
  if to_regclass('public.' || relation) is not null then
    execute format('create trigger %I %s on public.%I for each %s when (coalesce(current_setting(''quorate.epoch'', true), '''') <> ''''%s) execute function %s',
                   trigger_name, moment, relation, each, case when condition = '' then '' else ' and ' || condition end, action);
  end if;
end $$;

select quorate.guard(g.relation, g.name, g.moment, g.each, g.condition, g.action)
  from (values
    ('buildrequest_claims', 'quorate_enter',     'before insert or delete',     'statement', '', 'quorate.enter(''refuse'')'),
    ('buildrequest_claims', 'quorate_claim',     'after insert',                'row',       '', 'quorate.note_claim()'),
    ('buildrequest_claims', 'quorate_keep',      'before delete',               'row',       '', 'quorate.keep_claim()'),
    ('buildrequest_claims', 'quorate_unclaim',   'after delete',                'row',       '', 'quorate.note_unclaim()'),
    ('buildrequests',       'quorate_enter',     'before update of complete',   'statement', '', 'quorate.enter(''refuse'')'),
    ('buildrequests',       'quorate_complete',  'before update of complete',   'row',       'old.complete = 0 and new.complete = 1', 'quorate.note_complete()'),
    ('buildsets',           'quorate_enter',     'before insert',               'statement', '', 'quorate.enter(''refuse'')'),
    ('buildset_properties', 'quorate_occasion',  'before insert',               'row',       'new.property_name = ''quorate.occasion''', 'quorate.note_occasion()'),
    ('builds',              'quorate_enter',     'before insert',               'statement', '', 'quorate.enter(''refuse'')'),
    ('builds',              'quorate_look',      'before update',               'statement', '', 'quorate.enter()'),
    ('builds',              'quorate_keep',      'before update',               'row',       '', 'quorate.keep_build()'),
    ('masters',             'quorate_look',      'before update',               'statement', '', 'quorate.enter()'),
    ('masters',             'quorate_keep',      'before update',               'row',       '', 'quorate.keep_master()'),
    ('scheduler_masters',   'quorate_enter',     'before insert',               'statement', '', 'quorate.enter(''refuse'')'),
    ('scheduler_masters',   'quorate_own',       'before insert',               'row',       '', 'quorate.keep_ownership()'),
    ('scheduler_masters',   'quorate_look',      'before delete',               'statement', '', 'quorate.enter()'),
    ('scheduler_masters',   'quorate_keep',      'before delete',               'row',       '', 'quorate.keep_attachment()'),
    ('changesource_masters','quorate_enter',     'before insert',               'statement', '', 'quorate.enter(''refuse'')'),
    ('changesource_masters','quorate_look',      'before delete',               'statement', '', 'quorate.enter()'),
    ('changesource_masters','quorate_keep',      'before delete',               'row',       '', 'quorate.keep_attachment()'),
    ('builder_masters',     'quorate_look',      'before delete',               'statement', '', 'quorate.enter()'),
    ('builder_masters',     'quorate_keep',      'before delete',               'row',       '', 'quorate.keep_attachment()'),
    ('connected_workers',   'quorate_look',      'before delete',               'statement', '', 'quorate.enter()'),
    ('connected_workers',   'quorate_keep',      'before delete',               'row',       '', 'quorate.keep_attachment()'),
    ('configured_workers',  'quorate_look',      'before delete',               'statement', '', 'quorate.enter()'),
    ('configured_workers',  'quorate_keep',      'before delete',               'row',       '', 'quorate.keep_configured_worker()'),
    ('object_state',        'quorate_look',      'before insert or update',     'statement', '', 'quorate.enter()'),
    ('object_state',        'quorate_keep',      'before insert or update',     'row',       '', 'quorate.keep_state()')
  ) as g(relation, name, moment, each, condition, action);

-- What one master's buildmaster has to say to the others' (its message queue), in batches. An agent writes its master's rows one
-- after the other, so that for one master seq is the order of the commits. masterid 0: what Quorate itself changed.
create table quorate.event (
  seq bigint generated always as identity primary key,
  masterid integer not null,
  at timestamptz not null default clock_timestamp(),
  events jsonb not null
) with (autovacuum_vacuum_scale_factor = 0.01);
create index event_at on quorate.event (at);
comment on column quorate.event.events is 'A list of {"keys": [routing key, …], "message": …}; without a message it is read from Buildbot''s tables.';

-- Says that rows of Buildbot's tables changed without their buildmaster, for example ('buildsets', 5, 'complete').
create function quorate.tell(kind text, id integer, event text) returns void language sql as $$
  insert into quorate.event (masterid, events)
  values (0, jsonb_build_array(jsonb_build_object('keys', jsonb_build_array(jsonb_build_array(kind, id::text, event)))));
  select pg_notify('quorate_event', '0');
$$;

create or replace function quorate.schema_version() returns integer language sql immutable as 'select 2';
