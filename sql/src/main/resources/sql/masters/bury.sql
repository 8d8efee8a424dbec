-- T5, second half: the fenced master holds nothing any more, since its claims are released. The caller holds the row
-- for update.
update quorate.master set state = 'dead', changed_at = clock_timestamp(), changed_by = :actor
 where masterid = :victim and state = 'fenced'
