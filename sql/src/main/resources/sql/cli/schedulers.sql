-- The schedulers and their owners. No lock.
select s.name, s.owner, s.term, s.enabled, s.preferred, s.changed_at, s.last_tick_at, s.last_tick, s.last_buildsetid
  from quorate_v1.schedulers s
 where (:owner::text is null or s.owner = :owner::text)
   and (not :orphaned::boolean or (s.owner is null and s.enabled))
 order by s.name
