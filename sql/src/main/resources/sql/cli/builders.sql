-- The builders and their queues. No lock.
select b.name, b.builderid, b.pending, b.running, b.oldest_pending_at, b.masters
  from quorate_v1.builders b
 order by b.name
