-- I9: one row of history about a master, written under the lock that decided it.
insert into quorate.history (kind, masterid, epoch, leader_epoch, actor, why)
values (:kind, :masterid, :epoch, :leader_epoch, :actor, :why)
