-- A clean leave: ends the epoch. The caller holds the row for update and has released everything.
update quorate.master set state = 'dead', changed_at = clock_timestamp(), changed_by = :actor
 where masterid = :masterid and epoch = :epoch and incarnation = :incarnation and state = 'active'
