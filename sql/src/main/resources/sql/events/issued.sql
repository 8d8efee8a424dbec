-- The greatest number that this database has given to a batch, also when its row is deleted by now; 0 if there is none.
-- A position beyond it is from a later state of the database, which was lost, as after a restore. No lock.
select case when s.is_called then s.last_value else 0 end as issued from quorate.event_seq_seq s
