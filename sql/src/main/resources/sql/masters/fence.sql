-- FENCE: the authority of a write is current, and stays so until this transaction ends (I2, I3). The share lock is the
-- point: without it, with EXISTS, or with FOR KEY SHARE a fence can commit between the check and the write.
select m.draining, m.name
  from quorate.master m
 where m.masterid = :masterid and m.epoch = :epoch and m.incarnation = :incarnation and m.state = 'active'
   for share
