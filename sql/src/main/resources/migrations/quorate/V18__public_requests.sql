-- Buildbot's tables hold texts that other programs wrote; none of them may fail a query on a view. PostgreSQL's jsonb
-- refuses some texts that Python writes: infinity, not-a-number, a NUL, half a surrogate pair.
-- Locks: none on an existing table.

-- Returns the value of a property, which Buildbot stores as a JSON array of value and source; null if jsonb cannot hold
-- it.
create function quorate.value_of(property text) returns jsonb language plpgsql immutable as $$
begin
  return property::jsonb -> 0;
exception when others then
  return null;
end $$;

-- A buildrequest is also claimed if its claim is in quorate.claim alone, because somebody deleted Buildbot's row:
-- claims/take skips it.
create view quorate_v1.requests as
select r.id,
       b.name as builder,
       case when r.complete <> 0 then 'complete'
            when c.brid is not null or q.brid is not null then 'claimed'
            else 'pending' end as state,
       o.name as owner,
       q.attempt,
       q.epoch,
       r.priority,
       to_timestamp(r.submitted_at) as submitted_at,
       coalesce(q.claimed_at, to_timestamp(c.claimed_at)) as claimed_at,
       to_timestamp(r.complete_at) as complete_at,
       case when r.complete <> 0 then quorate.result_word(r.results) end as results,
       r.buildsetid,
       s.reason,
       (select quorate.value_of(p.property_value) ->> 0 from buildset_properties p
         where p.buildsetid = r.buildsetid and p.property_name = 'scheduler' limit 1) as scheduler,
       r.builderid,
       exists (select 1 from quorate.cancellation x where x.brid = r.id) as cancelling
  from buildrequests r
  join builders b on b.id = r.builderid
  join buildsets s on s.id = r.buildsetid
  left join buildrequest_claims c on c.brid = r.id
  left join quorate.claim q on q.brid = r.id
  left join masters o on o.id = coalesce(c.masterid, q.masterid);
comment on view quorate_v1.requests is
  'granite: one row per buildrequest. state: pending, claimed, complete; results: success, warnings, failure, '
  'skipped, exception, cancelled; owner stays after completion; cancelling: the holder was asked to cancel it.';

create view quorate_v1.builders as
select b.name,
       b.id as builderid,
       coalesce(q.pending, 0) as pending,
       coalesce(q.running, 0) as running,
       q.oldest_pending_at,
       (select coalesce(array_agg(m.name order by m.name), '{}')
          from builder_masters o join quorate.master m on m.masterid = o.masterid
         where o.builderid = b.id and m.state = 'active') as masters
  from builders b
  left join (
    select r.builderid,
           count(*) filter (where c.brid is null) as pending,
           count(*) filter (where c.brid is not null) as running,
           to_timestamp(min(r.submitted_at) filter (where c.brid is null)) as oldest_pending_at
      from buildrequests r left join buildrequest_claims c on c.brid = r.id
     where r.complete = 0
     group by r.builderid) q on q.builderid = b.id;
comment on view quorate_v1.builders is 'granite: one row per builder: its queue, and the living masters that offer it.';

create view quorate_v1.set_aside as
select s.brid as request,
       b.name as builder,
       m.name as master,
       s.reason,
       s.failures,
       s.since,
       s.again_at
  from quorate.set_aside s
  left join buildrequests r on r.id = s.brid
  left join builders b on b.id = r.builderid
  left join masters m on m.id = s.masterid;
comment on view quorate_v1.set_aside is
  'sticker: one row per buildrequest that agents pass over until again_at, because the database failed for it with '
  'this reason; master is the last that tried.';
