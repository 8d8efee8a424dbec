-- The functions of the public contract (V20 to V26) change the cluster. Each writes one row of history for a change,
-- and none if there is nothing to change. The actor of the row is the setting quorate.actor, or else the session's
-- user. The functions run with their owner's rights: EXECUTE is all that a role needs to call one, and gives no other
-- right (V27). They read Buildbot's tables in the schema public. An unknown name or number raises no_data_found
-- (P0002), a wrong argument invalid_parameter_value (22023), a refusal object_not_in_prerequisite_state (55000), most
-- with a hint. Locks of a call: one row per table, in the order leader, master, scheduler, request, claim. Locks of
-- this migration: none on an existing table.

create function quorate.actor() returns text language sql stable as $$
  select coalesce(nullif(current_setting('quorate.actor', true), ''), session_user::text)
$$;

-- Returns a hint with the known names that are most like the wrong one.
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
  -- the queue is ordered by the negated priority
  if submit.priority = -2147483648 then
    raise exception 'priority is -2147483648, but must be at least -2147483647'
      using errcode = 'invalid_parameter_value';
  end if;
  if submit.count is null or submit.count not between 1 and 10000 then
    raise exception 'count is %, but must be between 1 and 10000', submit.count
      using errcode = 'invalid_parameter_value';
  end if;
  if submit.properties is null or jsonb_typeof(submit.properties) <> 'object' then
    raise exception 'properties must be one JSON object, name to value' using errcode = 'invalid_parameter_value';
  end if;
  if exists (select 1 from jsonb_object_keys(submit.properties) k where length(k) not between 1 and 256) then
    raise exception 'a property''s name must have 1 to 256 characters' using errcode = 'invalid_parameter_value';
  end if;
  -- in a session with an epoch quorate.note_occasion would take this property for a scheduler's tick
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
comment on function quorate_v1.submit is
  'granite: queues count buildrequests of a builder as one buildset; returns their ids. The history has one row, '
  'about the first of them.';
