-- Marks the master as active for Buildbot. Lock: the row; the caller holds the master's row of Quorate for update.
update masters set active = 1, last_active = extract(epoch from now())::integer where id = :masterid
