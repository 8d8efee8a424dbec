-- Writes how far the clock of this epoch's machine is ahead of the database's, for operators to read. Lock: the
-- master's row.
update quorate.master set clock_ahead_ms = :ahead_ms, clock_error_ms = :error_ms
 where masterid = :masterid and epoch = :epoch and state = 'active'
