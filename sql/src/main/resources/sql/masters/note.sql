-- I9: records something about a master in the history, under the lock that decided it.
insert into quorate.history (kind, masterid, epoch, leader_epoch, actor, why)
values (:kind, :masterid, :epoch, :leader_epoch, :actor, :why)
