-- FENCE: checks that the authority of a write is current, and keeps it current until this transaction ends (I2, I3).
-- The share lock is essential: without it, with EXISTS, or with FOR KEY SHARE a fence can commit between the check and
-- the write.
select m.draining, m.name
  from quorate.master m
 where m.masterid = :masterid and m.epoch = :epoch and m.incarnation = :incarnation and m.state = 'active'
   for share
