-- Buildmasters without the plugin own schedulers and change sources as stock Buildbot does: by inserting its row. The triggers
-- make such a row a term of the session's master, and its deletion the end of it; so only who has a scheduler configured owns it.
-- Locks: SHARE ROW EXCLUSIVE on scheduler_masters and changesource_masters, for an instant.

-- What buildmasters with the plugin said that they can run. That of an epoch that is over counts for nothing.
create table quorate.offer (
  schedulerid integer not null,
  masterid integer not null,
  epoch bigint not null,
  primary key (schedulerid, masterid)
);
create index offer_masterid on quorate.offer (masterid);
comment on column quorate.offer.schedulerid is 'As in quorate.ownable: negative for a change source.';

-- Whether this is a Buildbot master that no agent looks after, and alive by stock's own measure, which is ten minutes.
create function quorate.is_stock_alive(masterid integer) returns boolean language sql stable as $$
  select exists (select 1 from masters b where b.id = is_stock_alive.masterid and b.active = 1
                    and b.last_active > extract(epoch from now()) - 600)
     and not exists (select 1 from quorate.master m where m.masterid = is_stock_alive.masterid and m.state <> 'dead')
$$;

-- T6 by the buildmaster's own insert (I6, I7): its term, if nobody's is current and no living master with the plugin offers it,
-- which hears of the changes that come in elsewhere. No number from ZooKeeper is at hand; that of the epoch is one, and it is the
-- row's, since the session's epoch must be current. The row of terms is locked before Buildbot's.
create function quorate.own_by_itself(ownable integer) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  number bigint;
begin
  perform quorate.require_epoch();
  if exists (select 1 from quorate.scheduler s
              where s.schedulerid = ownable
                and s.masterid = quorate.session_masterid() and s.epoch = quorate.session_epoch()) then
    return true;
  end if;
  if exists (select 1 from quorate.offer o
               join quorate.master m on m.masterid = o.masterid and m.epoch = o.epoch and m.state = 'active' and not m.draining
              where o.schedulerid = ownable and o.masterid <> quorate.session_masterid()) then
    return false;
  end if;
  insert into quorate.scheduler (schedulerid) values (ownable) on conflict (schedulerid) do nothing;
  update quorate.scheduler s
     set term = greatest(s.term + 1, quorate.session_epoch()), changed_at = clock_timestamp(),
         masterid = quorate.session_masterid(), epoch = quorate.session_epoch()
   where s.schedulerid = ownable
     and (s.masterid is null or s.masterid = quorate.session_masterid()
          or not exists (select 1 from quorate.master m where m.masterid = s.masterid and m.epoch = s.epoch and m.state = 'active'))
  returning s.term into number;
  if not found then
    return false;
  end if;
  insert into quorate.history (kind, schedulerid, masterid, epoch, term, actor)
  values ('own', ownable, quorate.session_masterid(), quorate.session_epoch(), number, quorate.session_actor());
  perform pg_notify('quorate_control', 'schedulers');
  return true;
end $$;

-- I7: who inserts the row owns the scheduler or begins a term of it. Where another's row stands, its key answers, which is how
-- Buildbot learns that another has it; any other error keeps a starting master from going on until its next poll. The other's
-- row is held until then: were it deleted in between, as a failover does, this one would be inserted and begin no term.
create or replace function quorate.keep_ownership() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.masterid <> quorate.session_masterid() then
    raise exception 'master % takes scheduler % for master %', quorate.session_masterid(), new.schedulerid, new.masterid
      using errcode = 'QF001';
  end if;
  perform 1 from scheduler_masters m where m.schedulerid = new.schedulerid for key share;
  if found then
    return new;
  end if;
  if quorate.own_by_itself(new.schedulerid) then
    return new;
  end if;
  -- its owner may have committed meanwhile: another statement, which sees it
  perform 1 from scheduler_masters m where m.schedulerid = new.schedulerid for key share;
  if not found then
    raise exception 'master % does not own scheduler %', quorate.session_masterid(), new.schedulerid using errcode = 'QF002';
  end if;
  return new;
end $$;

-- I7: as quorate.keep_ownership, for a change source.
create or replace function quorate.keep_source_ownership() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.masterid <> quorate.session_masterid() then
    raise exception 'master % takes change source % for master %', quorate.session_masterid(), new.changesourceid, new.masterid
      using errcode = 'QF001';
  end if;
  perform 1 from changesource_masters m where m.changesourceid = new.changesourceid for key share;
  if found then
    return new;
  end if;
  if quorate.own_by_itself(-new.changesourceid) then
    return new;
  end if;
  -- its owner may have committed meanwhile: another statement, which sees it
  perform 1 from changesource_masters m where m.changesourceid = new.changesourceid for key share;
  if not found then
    raise exception 'master % does not own change source %', quorate.session_masterid(), new.changesourceid using errcode = 'QF002';
  end if;
  return new;
end $$;

-- I7, I9: the buildmaster itself gave it up: it stops, or a reconfiguration removed it. Only of a current epoch.
create function quorate.end_term(ownable integer, of_masterid integer) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  number bigint;
begin
  perform quorate.require_epoch();
  update quorate.scheduler s set masterid = null, epoch = null, changed_at = clock_timestamp()
   where s.schedulerid = ownable and s.masterid = of_masterid
     and s.masterid = quorate.session_masterid() and s.epoch = quorate.session_epoch()
  returning s.term into number;
  if found then
    insert into quorate.history (kind, schedulerid, masterid, epoch, term, actor, why)
    values ('disown', ownable, quorate.session_masterid(), quorate.session_epoch(), number, quorate.session_actor(),
            'the buildmaster gave it up');
    perform pg_notify('quorate_control', 'schedulers');
  end if;
end $$;

create function quorate.note_disown() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform quorate.end_term(old.schedulerid, old.masterid);
  return null;
end $$;

create function quorate.note_source_disown() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform quorate.end_term(-old.changesourceid, old.masterid);
  return null;
end $$;

select quorate.guard('scheduler_masters', 'quorate_disown', 'after delete', 'row', '', 'quorate.note_disown()');
select quorate.guard('changesource_masters', 'quorate_disown', 'after delete', 'row', '', 'quorate.note_source_disown()');

create or replace function quorate.schema_version() returns integer language sql immutable as 'select 7';
