-- The masters as operators see them. No lock.
select m.name, m.masterid, m.epoch, m.state, m.claims, m.schedulers, m.builders, m.leads, m.draining, m.incarnation,
       m.changed_at, m.changed_by, m.plugin, m.trouble, m.clock_ahead_ms, m.clock_error_ms
  from quorate_v1.masters m
 order by m.name
