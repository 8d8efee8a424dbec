-- The guard's row triggers that skip a fenced master's writes, and a master's writes to the rows of another; and those
-- that judge what a session without an epoch did. Functions only; V14 creates the triggers.
-- Locks: none on an existing table.

-- A build that the housekeeper ended keeps its result. Updates of another master's builds, and all updates by a fenced
-- master, are skipped.
create function quorate.keep_build() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('quorate.trusted', true) = 'no'
     or quorate.is_anothers(old.masterid)
     or (old.complete_at is not null and new.results is distinct from old.results) then
    return null;
  end if;
  return new;
end $$;

-- Stock masters mark each other as inactive after ten minutes by their wall clocks. They must not do that to a master
-- that has an agent.
create function quorate.keep_master() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('quorate.trusted', true) = 'no' or quorate.is_anothers(old.id) then
    return null;
  end if;
  return new;
end $$;

create function quorate.keep_attachment() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('quorate.trusted', true) = 'no' or quorate.is_anothers(old.masterid) then
    return null;
  end if;
  return old;
end $$;

create function quorate.keep_configured_worker() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('quorate.trusted', true) = 'no'
     or exists (select 1 from builder_masters b
                 where b.id = old.buildermasterid and quorate.is_anothers(b.masterid)) then
    return null;
  end if;
  return old;
end $$;

create function quorate.keep_state() returns trigger language plpgsql as $$
begin
  return case when current_setting('quorate.trusted', true) = 'no' then null else new end;
end $$;

-- A session without an epoch is an operator's, a tool's, or that of a buildmaster that somebody started beside the
-- agent's under the same name. It may change what it likes, but at its commit the three triggers below look at what
-- became of the masters whose agents live. The agents' own sessions and the command's have names that begin with
-- quorate, so these triggers cost them nothing.

-- A master whose agent lives stays active. A second buildmaster marks its master as stopped first of all, so it gets no
-- further.
create function quorate.keep_living_master() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select 1 from masters b join quorate.master m on m.masterid = b.id
              where b.id = new.id and b.active = 0 and m.state = 'active') then
    raise exception 'master % has a living agent, and only that agent stops or starts it', new.name
      using errcode = 'QF001',
            hint = 'Restart the buildmaster with: quorate restart MASTER. Stop it with its agent: systemctl stop'
                   ' quorate-agent';
  end if;
  return null;
end $$;

-- I1: for a master whose agent lives nobody else claims, and nobody else takes a claim of a buildrequest that is not
-- complete: Buildbot's table and Quorate's say the same.
create function quorate.keep_living_claim() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  changed record := case when tg_op = 'INSERT' then new else old end;
begin
  if exists (select 1 from quorate.master m join buildrequests r on r.id = changed.brid and r.complete = 0
              where m.masterid = changed.masterid and m.state = 'active'
                and exists (select 1 from buildrequest_claims b
                             where b.brid = r.id and b.masterid = m.masterid)
                    is distinct from
                    exists (select 1 from quorate.claim c where c.brid = r.id and c.masterid = m.masterid)) then
    raise exception 'master %, which has a living agent, % buildrequest %', changed.masterid,
      case when tg_op = 'INSERT' then 'does not hold' else 'holds' end, changed.brid
      using errcode = 'QF001',
            hint = 'Its agent claims and releases for it. To end a build run: quorate cancel BUILDREQUEST';
  end if;
  return null;
end $$;

-- I1, I9: a buildrequest that was completed or deleted without Quorate is held by nobody. The empty notification makes
-- every agent compare what it holds with the tables, so that the build is stopped.
create function quorate.let_go_outside() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  ended record;
begin
  if exists (select 1 from buildrequests r where r.id = old.id and r.complete = 0) then
    return null;
  end if;
  delete from quorate.claim c where c.brid = old.id returning c.masterid, c.epoch, c.attempt into ended;
  if found then
    delete from quorate.cancellation x where x.brid = old.id;
    insert into quorate.history (kind, brid, masterid, epoch, attempt, actor, why)
    values ('release', old.id, ended.masterid, ended.epoch, ended.attempt, 'outside:' || session_user,
            case when tg_op = 'DELETE' then 'its buildrequest was deleted' else 'its buildrequest was completed' end
            || ' in the database, by none of Quorate''s sessions');
    perform pg_notify('quorate_work', '');
  end if;
  return null;
end $$;
