-- After a commit with an unknown outcome: whether this attempt was written. The caller holds the master's row for
-- update, so no transaction of the master can still commit.
select exists (select 1 from quorate.event e where e.masterid = :masterid and e.attempt = :attempt) as published
