-- After an unknown commit outcome: whether this attempt was written. The caller holds the master's row for update, so nothing of
-- it is still on its way.
select exists (select 1 from quorate.event e where e.masterid = :masterid and e.attempt = :attempt) as published
