-- Buildbot sees that the master is there. Lock: the row's own; the caller holds the master's row of Quorate for update.
update masters set active = 1, last_active = extract(epoch from now())::integer where id = :masterid
