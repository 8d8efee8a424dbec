-- Housekeeping: Buildbot sees that the master is gone. Lock: the row's own; the caller holds the master's row of Quorate for update.
update masters set active = 0 where id = :masterid
