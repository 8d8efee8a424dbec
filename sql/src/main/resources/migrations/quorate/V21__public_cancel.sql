-- Locks: none on an existing table.

-- I3, I4: the call locks the buildrequest first; so it waits for a claim, a completion or another cancel to commit, or
-- they wait for it.
create function quorate_v1.cancel(request integer, why text default 'cancelled')
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
  target record;
  holder record;
begin
  select r.id, r.complete, r.buildsetid, r.builderid into target
    from buildrequests r where r.id = cancel.request for update;
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
    perform quorate.publish('buildrequests', cancel.request, 'complete');
    update buildsets b set complete = 1, complete_at = extract(epoch from now())::integer,
           results = case when exists (select 1 from buildrequests r
                                     where r.buildsetid = b.id and r.results not in (0, 1))
                          then 2 else 0 end
     where b.id = target.buildsetid and b.complete = 0
       and not exists (select 1 from buildrequests r where r.buildsetid = b.id and r.complete = 0);
    if found then
      perform pg_notify('quorate_buildset', target.buildsetid::text);
      perform quorate.publish('buildsets', target.buildsetid, 'complete');
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
  insert into quorate.cancellation (brid, actor, why)
  values (cancel.request, quorate.actor(), left(coalesce(cancel.why, ''), 1000))
  on conflict (brid) do nothing;
  if found then
    insert into quorate.history (kind, brid, masterid, epoch, attempt, actor, why)
    values ('cancel', cancel.request, holder.masterid, holder.epoch, holder.attempt, quorate.actor(),
            left(cancel.why, 1000));
  end if;
  perform pg_notify('quorate_control', 'cancel');
  return 'asked';
end $$;
comment on function quorate_v1.cancel is
  'granite: returns cancelled (it was pending and is complete now), asked (its holder was asked to stop the build), '
  'or complete (nothing to do).';
