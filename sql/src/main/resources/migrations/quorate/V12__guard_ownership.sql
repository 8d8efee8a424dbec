-- The guard's row triggers on schedulers and change sources. Functions only; V14 creates the triggers. A stock
-- buildmaster owns a scheduler by inserting its row in scheduler_masters. The triggers turn such a row into a term of
-- the session's master, and its deletion into the end of the term. So only a master whose configuration has the
-- scheduler owns it. Locks: none on an existing table.

-- True if this is a Buildbot master without an agent that is alive by Buildbot's own measure, which is ten minutes.
create function quorate.is_stock_alive(masterid integer) returns boolean language sql stable as $$
  select exists (select 1 from masters b where b.id = is_stock_alive.masterid and b.active = 1
                    and b.last_active > extract(epoch from now()) - 600)
     and not exists (select 1 from quorate.master m where m.masterid = is_stock_alive.masterid and m.state <> 'dead')
$$;

-- T6 by the buildmaster's own insert (I6, I7): begins a term for the session's master, if no current term exists and no
-- other living master with the plugin offers the service; a master with the plugin also sees the changes that arrive at
-- other masters. No number from ZooKeeper is at hand for the term. The number of the session's epoch serves: ZooKeeper
-- issued it, and it is the epoch in the master's row, since require_epoch checked it. The row of quorate.scheduler is
-- locked before Buildbot's.
create function quorate.own_by_itself(service integer) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  number bigint;
begin
  perform quorate.require_epoch();
  if exists (select 1 from quorate.scheduler s
              where s.schedulerid = service
                and s.masterid = quorate.session_masterid() and s.epoch = quorate.session_epoch()) then
    return true;
  end if;
  if exists (select 1 from quorate.offer o
               join quorate.master m on m.masterid = o.masterid and m.epoch = o.epoch
                and m.state = 'active' and not m.draining
              where o.schedulerid = service and o.masterid <> quorate.session_masterid()) then
    return false;
  end if;
  insert into quorate.scheduler (schedulerid) values (service) on conflict (schedulerid) do nothing;
  update quorate.scheduler s
     set term = greatest(s.term + 1, quorate.session_epoch()), changed_at = clock_timestamp(),
         masterid = quorate.session_masterid(), epoch = quorate.session_epoch()
   where s.schedulerid = service
     and (s.masterid is null or s.masterid = quorate.session_masterid()
          or not exists (select 1 from quorate.master m
                          where m.masterid = s.masterid and m.epoch = s.epoch and m.state = 'active'))
  returning s.term into number;
  if not found then
    return false;
  end if;
  insert into quorate.history (kind, schedulerid, masterid, epoch, term, actor)
  values ('own', service, quorate.session_masterid(), quorate.session_epoch(), number, quorate.session_actor());
  perform pg_notify('quorate_control', 'schedulers');
  return true;
end $$;

-- I7: a master that inserts the row owns the scheduler or begins a term of it. If another master's row is there, the
-- insert breaks the table's key, which is how Buildbot learns that another master has the scheduler; any other error
-- delays the start of the master until its next poll. The other's row stays locked until then: if a failover deleted it
-- in between, the insert would succeed without a term.
create function quorate.keep_ownership() returns trigger
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
  -- the owner may have committed meanwhile: a new statement sees its row
  perform 1 from scheduler_masters m where m.schedulerid = new.schedulerid for key share;
  if not found then
    raise exception 'master % does not own scheduler %', quorate.session_masterid(), new.schedulerid
      using errcode = 'QF002';
  end if;
  return new;
end $$;

-- I7: the same for a change source.
create function quorate.keep_source_ownership() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.masterid <> quorate.session_masterid() then
    raise exception 'master % takes change source % for master %',
      quorate.session_masterid(), new.changesourceid, new.masterid
      using errcode = 'QF001';
  end if;
  perform 1 from changesource_masters m where m.changesourceid = new.changesourceid for key share;
  if found then
    return new;
  end if;
  if quorate.own_by_itself(-new.changesourceid) then
    return new;
  end if;
  -- the owner may have committed meanwhile: a new statement sees its row
  perform 1 from changesource_masters m where m.changesourceid = new.changesourceid for key share;
  if not found then
    raise exception 'master % does not own change source %', quorate.session_masterid(), new.changesourceid
      using errcode = 'QF002';
  end if;
  return new;
end $$;

-- I7, I9: ends the term of a buildmaster that gave the service up, because it stops or a reconfiguration removed the
-- service. Only a current epoch can end its term.
create function quorate.end_term(service integer, of_masterid integer) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  number bigint;
begin
  perform quorate.require_epoch();
  update quorate.scheduler s set masterid = null, epoch = null, changed_at = clock_timestamp()
   where s.schedulerid = service and s.masterid = of_masterid
     and s.masterid = quorate.session_masterid() and s.epoch = quorate.session_epoch()
  returning s.term into number;
  if found then
    insert into quorate.history (kind, schedulerid, masterid, epoch, term, actor, why)
    values ('disown', service, quorate.session_masterid(), quorate.session_epoch(), number, quorate.session_actor(),
            'the buildmaster gave it up');
    perform pg_notify('quorate_control', 'schedulers');
  end if;
end $$;

create function quorate.note_disown() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform quorate.end_term(old.schedulerid, old.masterid);
  return null;
end $$;

create function quorate.note_source_disown() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform quorate.end_term(-old.changesourceid, old.masterid);
  return null;
end $$;

-- T7 for a real Buildbot (I7): the plugin adds the property quorate.occasion, with scheduler, term and occasion, to a
-- buildset. The property is not stored. It becomes the row of quorate.tick in the transaction of the buildset. A second
-- row for the same occasion breaks the key tick_pkey.
create function quorate.note_occasion() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
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
