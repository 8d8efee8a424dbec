-- Which stock master holds most claims, and owns schedulers. Read-only, no lock.
select m.name, count(distinct c.brid)::integer as claims
  from masters m
  join buildrequest_claims c on c.masterid = m.id
  join buildrequests r on r.id = c.brid and r.complete = 0
 where m.active = 1 and exists (select 1 from scheduler_masters s where s.masterid = m.id)
 group by m.name
 order by claims desc, m.name
 limit 1
