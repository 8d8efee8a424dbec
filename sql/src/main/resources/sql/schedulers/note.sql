-- I9: records the beginning or the end of a term.
insert into quorate.history (kind, schedulerid, masterid, epoch, term, actor, why)
values (:kind, :schedulerid, :masterid, :epoch, :term, :actor, :why)
