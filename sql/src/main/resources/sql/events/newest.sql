-- The start position for a buildmaster that has received nothing yet. No lock: an event that is committed later with a
-- smaller number was written before this statement, and the change that it reports is visible.
select coalesce(max(e.seq), 0) as newest from quorate.event e
