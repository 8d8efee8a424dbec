-- I8: this leader epoch is current and stays so until this transaction ends. First in the lock order.
select 1 from quorate.leader l
 where l.epoch = :leader_epoch and l.masterid = :masterid and l.incarnation = :incarnation
   for share
