-- Every name that a command accepts, for "did you mean" and for completion. No lock.
select 'master' as kind, m.name from quorate_v1.masters m
union all
select 'scheduler', s.name from quorate_v1.schedulers s
union all
select 'builder', b.name from quorate_v1.builders b
