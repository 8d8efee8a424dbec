-- T5 (I2, I6): ends the epoch; from this commit on every write of the victim is refused. The caller holds the row for
-- update.
update quorate.master
   set epoch = greatest(epoch + 1, :number), state = :state, changed_at = clock_timestamp(), changed_by = :actor
 where masterid = :victim
returning epoch
