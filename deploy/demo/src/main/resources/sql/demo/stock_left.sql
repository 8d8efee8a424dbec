-- What the dead stock master still holds, and which buildrequests are not complete. Read-only, no lock.
with victim as (
  select m.id from masters m where m.name = :master)
select (select count(*) from buildrequest_claims c join victim v on v.id = c.masterid
          join buildrequests r on r.id = c.brid where r.complete = 0)::integer as claims,
       (select count(*) from scheduler_masters s join victim v on v.id = s.masterid)::integer as schedulers,
       (select count(*) from buildrequests r where r.complete = 0)::integer as incomplete
