-- FENCE: checks that the authority of a write is current, and keeps it current until this transaction ends (I2, I3).
-- The share lock is essential: without it, with EXISTS, or with FOR KEY SHARE a fence can commit between the check and
-- the write. A master that is held counts as draining, if it has the plugin. Without any hold, "holds" is false.
select m.draining or not m.stock and exists (select 1 from quorate.hold) and quorate.is_held(null, m.masterid)
         as draining,
       exists (select 1 from quorate.hold) as holds, m.name
  from quorate.master m
 where m.masterid = :masterid and m.epoch = :epoch and m.incarnation = :incarnation and m.state = 'active'
   for share
