-- I2: the claims of masters that are not active in the epoch of the claim, and of masters that have no agent. No lock.
select c.brid, m.name as master
  from buildrequest_claims c
  join buildrequests r on r.id = c.brid and r.complete = 0
  left join masters m on m.id = c.masterid
  left join quorate.claim q on q.brid = c.brid
  left join quorate.master a on a.masterid = c.masterid and a.state = 'active' and a.epoch = coalesce(q.epoch, a.epoch)
 where a.masterid is null
 order by c.brid limit 100
