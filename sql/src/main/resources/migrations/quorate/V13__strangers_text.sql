-- What strangers wrote into Buildbot's tables fails no look at them: a property whose text PostgreSQL's jsonb refuses, as Python
-- writes it for infinity, not-a-number, a NUL or half a surrogate pair. And a buildrequest whose claim stands in quorate.claim alone,
-- since somebody deleted Buildbot's row, is claimed: claims/take passes it over.
-- Locks: ACCESS EXCLUSIVE on the view, for an instant.

-- The value of a property as Buildbot stores it, a JSON array of value and source; null where jsonb cannot hold it.
create function quorate.value_of(property text) returns jsonb language plpgsql immutable as $$
begin
  return property::jsonb -> 0;
exception when others then
  return null;
end $$;

create or replace view quorate_v1.requests as
select r.id,
       b.name as builder,
       case when r.complete <> 0 then 'complete' when c.brid is not null or q.brid is not null then 'claimed' else 'pending' end as state,
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

create or replace function quorate.schema_version() returns integer language sql immutable as 'select 9';
