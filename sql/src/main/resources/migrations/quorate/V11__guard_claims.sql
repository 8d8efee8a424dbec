-- The guard's row triggers on claims and completions. Functions only; V14 creates the triggers.
-- Locks: none on an existing table.

-- I1, I9: a claim that the buildmaster itself inserts (to cancel, to collapse, or because it is stock) also becomes a
-- claim of Quorate's. If the insert waited for the commit that completed its buildrequest, it lost a race;
-- unique_violation is the error that Buildbot expects then.
create function quorate.note_claim() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
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
  insert into quorate.claim (brid, masterid, epoch, attempt)
  values (new.brid, new.masterid, quorate.session_epoch(), token);
  insert into quorate.history (kind, brid, masterid, epoch, attempt, actor)
  values ('claim', new.brid, new.masterid, quorate.session_epoch(), token, quorate.session_actor());
  return null;
end $$;

-- I5: another master's claim stays, unless the buildrequest itself is deleted: then the claim goes with it.
create function quorate.keep_claim() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if quorate.is_anothers(old.masterid)
     and exists (select 1 from buildrequests r where r.id = old.brid and r.complete = 0) then
    return null;
  end if;
  return old;
end $$;

-- A stop or a cancel that a person sent through Buildbot (I4): the plugin adds the property quorate.cancel to the
-- buildset of a claimed buildrequest. The property is not stored. It becomes what quorate_v1.cancel notes, so the
-- buildrequest completes as cancelled even if its master dies before it has stopped the build. FENCE, as for any write
-- of a master.
create function quorate.note_cancel() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  asked jsonb := new.property_value::jsonb;
begin
  perform quorate.require_epoch();
  if exists (select 1 from quorate.claim c where c.brid = (asked ->> 'brid')::integer) then
    perform set_config('quorate.actor', quorate.session_actor(), true);
    perform quorate_v1.cancel((asked ->> 'brid')::integer, asked ->> 'why');
  end if;
  return null;
end $$;

create function quorate.note_unclaim() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  ended record;
begin
  delete from quorate.claim c
   where c.brid = old.brid and c.masterid = old.masterid and c.epoch = quorate.session_epoch()
  returning c.masterid, c.epoch, c.attempt into ended;
  if found then
    insert into quorate.history (kind, brid, masterid, epoch, attempt, actor, why)
    values ('release', old.brid, ended.masterid, ended.epoch, ended.attempt, quorate.session_actor(),
            'the buildmaster gave it back');
    perform pg_notify('quorate_work', r.builderid::text) from buildrequests r where r.id = old.brid;
  end if;
  return null;
end $$;

-- I3, I4: only the holder completes a buildrequest. The completion ends the claim.
create function quorate.note_complete() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  ended record;
begin
  delete from quorate.claim c
   where c.brid = new.id and c.masterid = quorate.session_masterid() and c.epoch = quorate.session_epoch()
  returning c.masterid, c.epoch, c.attempt into ended;
  if not found then
    raise exception 'master % does not hold buildrequest % in epoch %',
      quorate.session_masterid(), new.id, quorate.session_epoch() using errcode = 'QF002';
  end if;
  delete from quorate.cancellation x where x.brid = new.id;
  insert into quorate.history (kind, brid, masterid, epoch, attempt, results, actor)
  values ('complete', new.id, ended.masterid, ended.epoch, ended.attempt, new.results, quorate.session_actor());
  return new;
end $$;
