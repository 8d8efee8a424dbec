-- Housekeeping: marks the master as inactive for Buildbot. Lock: the row; the caller holds the master's row of Quorate
-- for update.
update masters set active = 0 where id = :masterid
