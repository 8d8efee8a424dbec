-- T7 (I7): the occasion is committed once; the key decides. No row: it was before. The caller holds fence and term.
insert into quorate.tick (schedulerid, occasion, tick_at, term, masterid, epoch, buildsetid)
values (:schedulerid, :occasion, to_timestamp(:at), :term, :masterid, :epoch,
        nextval(pg_get_serial_sequence('buildsets', 'id'))::integer)
on conflict (schedulerid, occasion) do nothing
returning buildsetid
