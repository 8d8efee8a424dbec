-- What a master holds at this moment. Read-only, no lock.
select c.brid, c.attempt, r.builderid
  from quorate.claim c join buildrequests r on r.id = c.brid
 where c.masterid = :masterid
 order by c.brid
