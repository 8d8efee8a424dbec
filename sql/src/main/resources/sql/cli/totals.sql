-- The totals in the last line of the status. No lock.
select coalesce(sum(b.pending), 0)::bigint as pending, coalesce(sum(b.running), 0)::bigint as running,
       min(b.oldest_pending_at) as oldest_pending_at,
       (select count(*) from quorate_v1.schedulers s where s.owner is not null) as owned,
       (select count(*) from quorate_v1.schedulers s where s.owner is null and s.enabled) as orphaned,
       (select count(*) from quorate_v1.set_aside) as set_aside
  from quorate_v1.builders b
