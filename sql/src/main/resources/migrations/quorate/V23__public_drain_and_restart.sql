-- Locks: none on an existing table.

-- The update waits for the master's open turns, which hold its row for share: no claim is committed after the function
-- returns.
create function quorate.set_draining(master text, draining boolean, why text)
returns text language plpgsql set search_path = public, pg_temp as $$
declare
  row_found record;
  word text := case when draining then 'drain' else 'undrain' end;
begin
  select m.masterid, m.epoch, m.draining, m.state into row_found
    from quorate.master m where m.name = set_draining.master for no key update;
  if not found then
    raise exception 'no master %', quote_nullable(left(set_draining.master, 80)) using errcode = 'no_data_found',
      hint = (select quorate.nearest(set_draining.master, array_agg(m.name)) from quorate.master m);
  end if;
  if row_found.draining = set_draining.draining then
    return 'unchanged';
  end if;
  update quorate.master m set draining = set_draining.draining where m.masterid = row_found.masterid;
  insert into quorate.history (kind, masterid, epoch, actor, why)
  values (word, row_found.masterid, row_found.epoch, quorate.actor(), left(set_draining.why, 1000));
  perform pg_notify('quorate_control', word);
  return word || 'ed';
end $$;

create function quorate_v1.drain(master text, why text default null)
returns text language sql security definer set search_path = public, pg_temp as $$
  select quorate.set_draining(master, true, why)
$$;
comment on function quorate_v1.drain is
  'granite: the master takes no new claims and finishes those it holds, also after a restart; returns drained or '
  'unchanged.';

create function quorate_v1.undrain(master text, why text default null)
returns text language sql security definer set search_path = public, pg_temp as $$
  select quorate.set_draining(master, false, why)
$$;
comment on function quorate_v1.undrain is 'granite: the master may claim again; returns undrained or unchanged.';

-- Requests a planned restart of a buildmaster. Its agent ends the epoch in which the request was made, kills the
-- buildmaster and starts it again.
create function quorate_v1.restart(master text, why text default null)
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
  target record;
begin
  select m.masterid, m.epoch, m.state, m.restart_epoch into target
    from quorate.master m where m.name = restart.master for update;
  if not found then
    raise exception 'no master %', quote_nullable(left(restart.master, 80)) using errcode = 'no_data_found',
      hint = (select quorate.nearest(restart.master, array_agg(m.name)) from quorate.master m);
  end if;
  if target.state <> 'active' or target.restart_epoch = target.epoch then
    return 'unchanged';
  end if;
  update quorate.master m set restart_epoch = target.epoch where m.masterid = target.masterid;
  insert into quorate.history (kind, masterid, epoch, actor, why)
  values ('restart', target.masterid, target.epoch, quorate.actor(), left(why, 1000));
  perform pg_notify('quorate_control', 'restart');
  return 'asked';
end $$;
comment on function quorate_v1.restart is
  'brass: the master''s agent ends this epoch, releases what it holds, and starts its buildmaster again; returns '
  'asked or unchanged.';
