-- The queue in one row. Read-only, no lock.
select count(*)::integer as submitted,
       count(*) filter (where r.complete <> 0)::integer as completed,
       count(*) filter (where r.complete = 0 and c.brid is null)::integer as pending,
       count(*) filter (where r.complete = 0 and c.brid is not null)::integer as claimed
  from buildrequests r
  left join buildrequest_claims c on c.brid = r.id
