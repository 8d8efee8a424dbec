-- Housekeeping: forgets what is set aside and has completed or gone since. Lock: the deleted rows, for an instant.
delete from quorate.set_aside s
 where not exists (select 1 from buildrequests r where r.id = s.brid and r.complete = 0)
