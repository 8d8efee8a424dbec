-- The public contract, second half: what any program with a PostgreSQL driver may change. Each function leaves one row of
-- history for a change and none when there was nothing to change; the actor is the setting quorate.actor, or else the
-- session's user. They run with their owner's rights, so EXECUTE on one of them is all that a role needs and all that it gets
-- (V13__rights.sql); they read Buildbot's tables in schema public.
-- An unknown name or number is no_data_found (P0002), a wrong argument invalid_parameter_value (22023), a refusal
-- object_not_in_prerequisite_state (55000); each carries a hint. Locks: as in the order leader, master, scheduler, request,
-- claim; a row each.

create function quorate.actor() returns text language sql stable as $$
  select coalesce(nullif(current_setting('quorate.actor', true), ''), session_user::text)
$$;

create function quorate.nearest(wrong text, known text[]) returns text language sql immutable as $$
  select coalesce('there is ' || string_agg(k.name, ', '), 'there is none yet')
    from (select n.name from unnest(known) as n(name)
           order by lower(n.name) = lower(wrong) desc,
                    left(lower(n.name), 3) = left(lower(wrong), 3) desc,
                    strpos(lower(n.name), lower(left(wrong, 3))) > 0 desc, n.name
           limit 5) k
$$;

create function quorate_v1.submit(
  builder text, properties jsonb default '{}', priority integer default 0, reason text default 'submitted',
  count integer default 1)
returns setof integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
  builder_id integer;
  buildset_id integer;
  ids integer[];
begin
  if submit.builder is null or submit.priority is null or submit.reason is null then
    raise exception 'builder, priority and reason must not be null' using errcode = 'invalid_parameter_value';
  end if;
  -- its negation is what the queue is ordered by
  if submit.priority = -2147483648 then
    raise exception 'priority is -2147483648, but must be at least -2147483647' using errcode = 'invalid_parameter_value';
  end if;
  if submit.count is null or submit.count not between 1 and 10000 then
    raise exception 'count is %, but must be between 1 and 10000', submit.count using errcode = 'invalid_parameter_value';
  end if;
  if submit.properties is null or jsonb_typeof(submit.properties) <> 'object' then
    raise exception 'properties must be one JSON object, name to value' using errcode = 'invalid_parameter_value';
  end if;
  if exists (select 1 from jsonb_object_keys(submit.properties) k where length(k) not between 1 and 256) then
    raise exception 'a property''s name must have 1 to 256 characters' using errcode = 'invalid_parameter_value';
  end if;
  -- in a session that carries an epoch this property is a scheduler's tick (quorate.note_occasion), which a submission never is
  if submit.properties ? 'quorate.occasion' then
    raise exception 'the property quorate.occasion is for buildmasters only' using errcode = 'invalid_parameter_value';
  end if;
  select b.id into builder_id from builders b where b.name = submit.builder;
  if builder_id is null then
    raise exception 'no builder %', quote_literal(left(submit.builder, 80)) using errcode = 'no_data_found',
      hint = (select quorate.nearest(submit.builder, array_agg(b.name)) from builders b);
  end if;
  buildset_id := nextval(pg_get_serial_sequence('buildsets', 'id'));
  ids := array(select quorate.add_buildset(buildset_id, array_fill(builder_id, array[submit.count]), submit.priority,
                                           submit.reason, submit.properties, 'quorate'));
  insert into quorate.history (kind, brid, actor, why)
  values ('submit', ids[1], quorate.actor(),
          case when submit.count = 1 then left(submit.reason, 1000)
               else submit.count || ' buildrequests: ' || left(submit.reason, 1000) end);
  perform pg_notify('quorate_control', 'submit');
  return query select unnest(ids);
end $$;
comment on function quorate_v1.submit is 'granite: queues count buildrequests of a builder as one buildset; answers their ids. The history has one row, about the first.';

-- I3, I4: the lock on the request comes first, so a claim, a completion or another cancel of it waits or was committed.
create function quorate_v1.cancel(request integer, why text default 'cancelled')
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
    update buildsets b set complete = 1, complete_at = extract(epoch from now())::integer,
           results = case when exists (select 1 from buildrequests r where r.buildsetid = b.id and r.results not in (0, 1))
                          then 2 else 0 end
     where b.id = target.buildsetid and b.complete = 0
       and not exists (select 1 from buildrequests r where r.buildsetid = b.id and r.complete = 0);
    if found then
      perform pg_notify('quorate_buildset', target.buildsetid::text);
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
comment on function quorate_v1.cancel is 'granite: answers cancelled (it was pending and is complete now), asked (its holder was told to stop the build), or complete (nothing to do).';

create function quorate_v1.reprioritize(request integer, priority integer, why text default null)
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
  row_found record;
begin
  if reprioritize.priority is null then
    raise exception 'priority must not be null' using errcode = 'invalid_parameter_value';
  end if;
  if reprioritize.priority = -2147483648 then
    raise exception 'priority is -2147483648, but must be at least -2147483647' using errcode = 'invalid_parameter_value';
  end if;
  select r.complete, r.priority, r.builderid into row_found
    from buildrequests r where r.id = reprioritize.request for update;
  if not found then
    raise exception 'no buildrequest %', reprioritize.request using errcode = 'no_data_found',
      hint = 'list them with select * from quorate_v1.requests';
  end if;
  if row_found.complete <> 0 then
    return 'complete';
  elsif row_found.priority = reprioritize.priority then
    return 'unchanged';
  end if;
  update buildrequests r set priority = reprioritize.priority where r.id = reprioritize.request;
  insert into quorate.history (kind, brid, actor, why)
  values ('reprioritize', reprioritize.request, quorate.actor(),
          concat_ws(': ', row_found.priority || ' to ' || reprioritize.priority, nullif(left(reprioritize.why, 1000), '')));
  -- wakes the agents too: a floor above the new place in the queue is forgotten
  perform pg_notify('quorate_work', row_found.builderid::text);
  perform pg_notify('quorate_control', 'reprioritize');
  return 'reprioritized';
end $$;
comment on function quorate_v1.reprioritize is 'granite: answers reprioritized, unchanged, or complete. A claimed request keeps running; the priority counts if it returns to the queue.';

-- The update waits for the master's open turns, which hold its row for share: no claim is committed after the answer.
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
comment on function quorate_v1.drain is 'granite: the master takes no new claims and finishes those it holds, over restarts too; answers drained or unchanged.';

create function quorate_v1.undrain(master text, why text default null)
returns text language sql security definer set search_path = public, pg_temp as $$
  select quorate.set_draining(master, false, why)
$$;
comment on function quorate_v1.undrain is 'granite: the master may claim again; answers undrained or unchanged.';

create function quorate.scheduler_id(scheduler text)
returns integer language plpgsql stable set search_path = public, pg_temp as $$
declare
  id integer;
begin
  select n.id into id from schedulers n where n.name = scheduler_id.scheduler;
  if id is null then
    raise exception 'no scheduler %', quote_nullable(left(scheduler, 80)) using errcode = 'no_data_found',
      hint = (select quorate.nearest(scheduler, array_agg(n.name)) from schedulers n);
  end if;
  return id;
end $$;

-- I7: only a wish. The owner gives its term up, the preferred master begins the next; both by their own transactions.
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
  select s.preferred_masterid, s.term into before from quorate.scheduler s where s.schedulerid = scheduler_id for update;
  if before.preferred_masterid is not distinct from target.masterid then
    return 'unchanged';
  end if;
  update quorate.scheduler s set preferred_masterid = target.masterid where s.schedulerid = scheduler_id;
  insert into quorate.history (kind, schedulerid, masterid, term, actor, why)
  values ('move', scheduler_id, target.masterid, before.term, quorate.actor(), left(move.why, 1000));
  perform pg_notify('quorate_control', 'move');
  return 'moving';
end $$;
comment on function quorate_v1.move is 'granite: sets the master that should own a scheduler while it lives; null forgets it. Answers moving or unchanged; the owner changes within seconds.';

create function quorate_v1.enable(scheduler text, enabled boolean default true, why text default null)
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
  scheduler_id integer := quorate.scheduler_id(scheduler);
  word text := case when enabled then 'enable' else 'disable' end;
begin
  if enable.enabled is null then
    raise exception 'enabled must be true or false' using errcode = 'invalid_parameter_value';
  end if;
  update schedulers n set enabled = enable.enabled::integer
   where n.id = scheduler_id and coalesce(n.enabled, 1) <> enable.enabled::integer;
  if not found then
    return 'unchanged';
  end if;
  insert into quorate.history (kind, schedulerid, actor, why) values (word, scheduler_id, quorate.actor(), left(enable.why, 1000));
  perform pg_notify('quorate_control', word);
  return word || 'd';
end $$;
comment on function quorate_v1.enable is 'granite: lets a scheduler tick, or not; answers enabled, disabled or unchanged.';
