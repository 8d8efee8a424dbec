-- Locks: none on an existing table.

create function quorate_v1.reprioritize(request integer, priority integer, why text default null)
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
  row_found record;
begin
  if reprioritize.priority is null then
    raise exception 'priority must not be null' using errcode = 'invalid_parameter_value';
  end if;
  if reprioritize.priority = -2147483648 then
    raise exception 'priority is -2147483648, but must be at least -2147483647'
      using errcode = 'invalid_parameter_value';
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
          concat_ws(': ', row_found.priority || ' to ' || reprioritize.priority,
                    nullif(left(reprioritize.why, 1000), '')));
  -- this wakes the agents too; they forget a low-water mark above the new place in the queue
  perform pg_notify('quorate_work', row_found.builderid::text);
  perform pg_notify('quorate_control', 'reprioritize');
  return 'reprioritized';
end $$;
comment on function quorate_v1.reprioritize is
  'granite: returns reprioritized, unchanged, or complete. A claimed request keeps running; the priority counts if it '
  'returns to the queue.';
