-- I9: records a committed tick.
insert into quorate.history (kind, schedulerid, masterid, epoch, term, occasion, actor)
values ('tick', :schedulerid, :masterid, :epoch, :term, :occasion, :actor)
