-- One scheduler, for a plan and for waiting. No lock.
select s.name, s.owner, s.term, s.enabled, s.preferred from quorate_v1.schedulers s where s.name = :name
