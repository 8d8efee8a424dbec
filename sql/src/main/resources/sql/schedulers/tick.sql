-- T7 (I7): the key allows one commit per occasion. If it returns no row, the occasion was committed before. The caller
-- holds the fence and the term.
insert into quorate.tick (schedulerid, occasion, tick_at, term, masterid, epoch, buildsetid)
values (:schedulerid, :occasion, to_timestamp(:at), :term, :masterid, :epoch,
        nextval(pg_get_serial_sequence('buildsets', 'id'))::integer)
on conflict (schedulerid, occasion) do nothing
returning buildsetid
