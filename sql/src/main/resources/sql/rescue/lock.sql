-- Locks Buildbot's row of a master. Lock: for update; the master's own heartbeat waits for it, or was committed before
-- and is seen.
select m.id as masterid from masters m where m.id = :masterid for update
