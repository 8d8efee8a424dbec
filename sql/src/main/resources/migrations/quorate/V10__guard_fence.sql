-- The guard of a buildmaster's own writes to Buildbot's tables (V10 to V14). It fences a real, even a stock Buildbot in
-- the database itself. An agent starts its buildmaster with three settings (PGOPTIONS). quorate.masterid and
-- quorate.epoch are the authority of each of its sessions, and quorate.database is the database for which it was given.
-- The WHEN clause of every trigger lets a session without the settings pass: agents, operators, other programs; V13
-- says what these may not do. A session that sets them by hand can lie: the guard stops a zombie, not an attacker.
--
-- The guard has two levels. First a statement trigger checks the fence, before any row is locked. That keeps the order
-- of locks: leader, master, scheduler, request, claim. Then row triggers judge the rows. A write whose failure the
-- buildmaster must notice is refused with an error of class QF, which no part of Buildbot takes for a lost race
-- (Buildbot answers an IntegrityError or a ProgrammingError with a hot loop). A write that would only be noise is
-- skipped without an error. Locks: none on an existing table.

create function quorate.session_masterid() returns integer language sql stable as $$
  select nullif(current_setting('quorate.masterid', true), '')::integer
$$;

create function quorate.session_epoch() returns bigint language sql stable as $$
  select nullif(current_setting('quorate.epoch', true), '')::bigint
$$;

-- True if the session carries no identity of the database, or that of this database or of one from which it descends. A
-- session of a buildmaster that was started after a promotion is so refused by the former primary.
create function quorate.is_sessions_database() returns boolean language sql stable as $$
  select nullif(current_setting('quorate.database', true), '') is null
      or exists (select 1 from quorate.cluster c
                  where nullif(current_setting('quorate.database', true), '')::uuid
                        = any (c.database_uuid || c.former_uuids))
$$;

create function quorate.session_actor() returns text language sql stable as $$
  select 'buildmaster:' || m.name from quorate.master m where m.masterid = quorate.session_masterid()
$$;

-- True if the master is alive and is not the session's own: then the session must not change that master's rows.
create function quorate.is_anothers(masterid integer) returns boolean language sql stable as $$
  select is_anothers.masterid <> quorate.session_masterid()
     and exists (select 1 from quorate.master m where m.masterid = is_anothers.masterid and m.state = 'active')
$$;

-- FENCE (I2, I3): true if the session's epoch is current, in the database for which it was given. The lock keeps it
-- current until the session's transaction ends.
create function quorate.holds_epoch() returns boolean language plpgsql as $$
begin
  perform 1 from quorate.master m
    where m.masterid = quorate.session_masterid() and m.epoch = quorate.session_epoch() and m.state = 'active'
      for share;
  return found and quorate.is_sessions_database();
end $$;

-- The same check, as an error if the epoch is not current.
create function quorate.require_epoch() returns void language plpgsql as $$
begin
  if quorate.session_masterid() is null or quorate.session_epoch() is null then
    raise exception 'fenced: this session carries no epoch of a master' using errcode = 'QF001',
      hint = 'An agent gives its buildmaster the settings quorate.masterid and quorate.epoch.';
  elsif not quorate.is_sessions_database() then
    raise exception 'fenced: this database is not the one for which epoch % was given', quorate.session_epoch()
      using errcode = 'QF001', hint = 'This may be a former primary. Give this buildmaster the address of the new one.';
  elsif not quorate.holds_epoch() then
    raise exception 'fenced: epoch % of master % is over', quorate.session_epoch(), quorate.session_masterid()
      using errcode = 'QF001', hint = 'Its agent stops this buildmaster and starts it again in a new epoch.';
  end if;
end $$;

-- The fence of a buildmaster's statement. With the argument 'refuse' a stale epoch is an error. Without it the trigger
-- sets quorate.trusted to 'no', and the row triggers then skip the rows.
create function quorate.fence() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_argv[0] = 'refuse' then
    perform quorate.require_epoch();
    perform set_config('quorate.trusted', 'yes', true);
  else
    perform set_config('quorate.trusted', case when quorate.holds_epoch() then 'yes' else 'no' end, true);
  end if;
  return null;
end $$;
