-- The claims of living masters whose buildmaster does not have the builder any more: a reconfiguration removed it while
-- it built. A master that offers no builder at all has no buildmaster yet. No lock.
select c.brid, m.name as master, b.name as builder
  from quorate.claim c
  join quorate.master m on m.masterid = c.masterid and m.epoch = c.epoch and m.state = 'active' and not m.stock
  join buildrequests r on r.id = c.brid and r.complete = 0
  join builders b on b.id = r.builderid
 where not exists (select 1 from builder_masters o where o.masterid = c.masterid and o.builderid = r.builderid)
   and exists (select 1 from builder_masters o where o.masterid = c.masterid)
 order by c.brid
