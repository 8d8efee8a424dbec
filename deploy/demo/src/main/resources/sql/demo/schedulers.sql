-- The schedulers and their owners. Read-only, no lock.
select s.name, s.owner, s.term, s.enabled,
       (select count(*) from quorate.tick t where t.schedulerid = s.schedulerid)::integer as ticks
  from quorate_v1.schedulers s
 order by s.name
