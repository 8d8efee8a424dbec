-- Buildbot's row of a master. Lock: for update, so that its own heartbeat waits, and is seen if it came first.
select m.id as masterid from masters m where m.id = :masterid for update
