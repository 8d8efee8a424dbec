-- Forgets buildrequests that the database could handle after all. Lock: the deleted rows, for an instant.
delete from quorate.set_aside s where s.brid = any(:brids::integer[])
