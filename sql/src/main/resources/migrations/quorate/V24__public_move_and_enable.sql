-- Locks: none on an existing table.

create function quorate.scheduler_id(scheduler text)
returns integer language plpgsql stable set search_path = public, pg_temp as $$
declare
  id integer;
begin
  select n.schedulerid into id from quorate.clustered_service n where n.name = scheduler_id.scheduler;
  if id is null then
    raise exception 'no scheduler %', quote_nullable(left(scheduler, 80)) using errcode = 'no_data_found',
      hint = (select quorate.nearest(scheduler, array_agg(n.name)) from quorate.clustered_service n);
  end if;
  return id;
end $$;

-- I7: records a preference only. The owner ends its term and the preferred master begins the next, each in its own
-- transaction.
create function quorate_v1.move(scheduler text, master text, why text default null)
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
  scheduler_id integer := quorate.scheduler_id(scheduler);
  target record;
  before record;
begin
  if move.master is not null then
    select m.masterid, m.state, m.draining into target from quorate.master m where m.name = move.master for share;
    if not found then
      raise exception 'no master %', quote_literal(left(move.master, 80)) using errcode = 'no_data_found',
        hint = (select quorate.nearest(move.master, array_agg(m.name)) from quorate.master m);
    elsif target.state <> 'active' or target.draining then
      raise exception 'master % is %', move.master, case when target.draining then 'draining' else target.state end
        using errcode = 'object_not_in_prerequisite_state',
              hint = case when target.draining then 'undrain it first' else 'start its agent first' end;
    end if;
  else
    select null::integer as masterid into target;
  end if;
  insert into quorate.scheduler (schedulerid) values (scheduler_id) on conflict (schedulerid) do nothing;
  select s.preferred_masterid, s.term into before
    from quorate.scheduler s where s.schedulerid = scheduler_id for update;
  if before.preferred_masterid is not distinct from target.masterid then
    return 'unchanged';
  end if;
  update quorate.scheduler s set preferred_masterid = target.masterid where s.schedulerid = scheduler_id;
  insert into quorate.history (kind, schedulerid, masterid, term, actor, why)
  values ('move', scheduler_id, target.masterid, before.term, quorate.actor(), left(move.why, 1000));
  perform pg_notify('quorate_control', 'move');
  return 'moving';
end $$;
comment on function quorate_v1.move is
  'granite: sets the master that should own a scheduler while it lives; null forgets it. Returns moving or unchanged; '
  'the owner changes within seconds.';

create function quorate_v1.enable(scheduler text, enabled boolean default true, why text default null)
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
  insert into quorate.history (kind, schedulerid, actor, why)
  values (word, scheduler_id, quorate.actor(), left(enable.why, 1000));
  perform quorate.publish('schedulers', scheduler_id, 'updated');
  perform pg_notify('quorate_control', word);
  return word || 'd';
end $$;
comment on function quorate_v1.enable is
  'granite: lets a scheduler tick, or not; returns enabled, disabled or unchanged.';
