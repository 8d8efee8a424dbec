-- T1: a new incarnation continues the epoch that its predecessor knew. If it returns no row, that epoch is over. The
-- update locks the row, so it waits for every open transaction of the old authority, whose incarnation is refused from
-- then on (I2, I3). :after: the incarnations of which one must hold the epoch, so that of two copies of one state
-- directory only one resumes it; empty: whoever holds it.
update quorate.master m
   set incarnation = :incarnation, changed_at = clock_timestamp(), changed_by = :actor, stock = :stock
 where m.name = :name and m.epoch = :epoch and m.state = 'active'
   and (cardinality(:after::uuid[]) = 0 or m.incarnation = any (:after::uuid[]))
returning m.masterid, m.draining
