-- Explains why a buildrequest does not start. The checks are those of claims/take.sql, in the same order; a condition
-- that is added there is added here.
-- Locks: none on an existing table; a call takes none.

create function quorate_v1.explain(request integer)
returns table (check_name text, passes boolean, detail text, remedy text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  r record;
  living text[];
  open text[];
  place bigint;
  behind bigint;
begin
  select * into r from quorate_v1.requests q where q.id = explain.request;
  if not found then
    raise exception 'no buildrequest %', explain.request using errcode = 'no_data_found',
      hint = 'list them with select * from quorate_v1.requests';
  end if;
  return query select 'incomplete', r.state <> 'complete',
    case when r.state = 'complete' then 'completed ' || coalesce(r.results, 'without a result') else 'not complete' end,
    case when r.state = 'complete' then 'submit a new one' end;
  if r.state = 'complete' then
    return;
  end if;
  return query select 'unclaimed', r.state <> 'claimed',
    case when r.state = 'claimed' then 'claimed by ' || coalesce(r.owner, 'a master that is gone')
              || coalesce(' in epoch ' || r.epoch, ', which has no agent') else 'nobody holds it' end,
    case when r.state = 'claimed' then 'nothing: it is being built' end;
  return query select 'not set aside', false,
    format('the database failed for it %s times, last for %s: %s',
           a.failures, coalesce(a.master, 'a master'), a.reason),
    format('mend the cause, or cancel it; it is tried again in %s s',
           greatest(0, ceil(extract(epoch from a.again_at - clock_timestamp()))))
    from quorate_v1.set_aside a where a.request = explain.request;
  if r.cancelling then
    return query select 'not cancelled', false, 'its holder was asked to cancel it', 'submit a new one';
  end if;
  select coalesce(array_agg(m.name order by m.name), '{}'),
         coalesce(array_agg(m.name order by m.name) filter (where not m.draining), '{}')
    into living, open
    from builder_masters o join quorate.master m on m.masterid = o.masterid
   where o.builderid = r.builderid and m.state = 'active';
  return query select 'builder offered', cardinality(living) > 0,
    case when cardinality(living) > 0 then 'by ' || array_to_string(living, ', ')
         else 'no living master offers ' || r.builder
              || coalesce((select '; ' || string_agg(m.name || ': ' || m.trouble, '; ' order by m.name)
                             from quorate.master m where m.state = 'active' and m.trouble is not null), '') end,
    case when cardinality(living) = 0 then 'start a master that offers ' || r.builder end;
  return query select 'master not drained', cardinality(open) > 0,
    case when cardinality(open) > 0 then 'open: ' || array_to_string(open, ', ')
         when cardinality(living) > 0 then 'draining: ' || array_to_string(living, ', ') else 'none lives' end,
    case when cardinality(open) = 0 and cardinality(living) > 0 then 'undrain ' || array_to_string(living, ' or ') end;
  if r.state = 'pending' then
    select count(*) filter (where (-p.priority, p.submitted_at, p.id)
                                  <= (-q.priority, q.submitted_at, q.id)), count(*)
      into place, behind
      from buildrequests q
      join buildrequests p on p.builderid = q.builderid and p.complete = 0
       and not exists (select 1 from buildrequest_claims c where c.brid = p.id)
     where q.id = explain.request;
    return query select 'position', null::boolean, place || ' of ' || behind || ' pending of ' || r.builder,
      case when place > 1 then 'reprioritize it above ' || r.priority end;
  end if;
end $$;
comment on function quorate_v1.explain is
  'sticker: every gate between a buildrequest and its start; passes is null if the row only informs. It would start '
  'when every gate passes and a master has a free slot.';
