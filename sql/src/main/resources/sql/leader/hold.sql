-- I8: checks that this leader epoch is current, and locks its row so that it stays current until this transaction ends.
-- This lock comes first in the order of locks.
select 1 from quorate.leader l
 where l.epoch = :leader_epoch and l.masterid = :masterid and l.incarnation = :incarnation
   for share
