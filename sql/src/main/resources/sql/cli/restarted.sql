-- The state that a restart waits for: the master's epoch, and whether its buildmaster is attached again. No lock.
select m.epoch, m.state, m.draining, m.stock, m.trouble,
       (select count(*) from quorate.claim c where c.masterid = m.masterid) as claims,
       exists (select 1 from builder_masters b where b.masterid = m.masterid) as attached
  from quorate.master m where m.name = :name
