-- The roles whose sessions the agents could not end, if such a session of a buildmaster that is gone stood in the way
-- of its failover. The agents' role is asked about; without an agent, the role of this session. No lock.
with agents as (
  select distinct a.usesysid from pg_stat_activity a
   where a.datname = current_database() and a.application_name like 'quorate-agent:%' and a.usesysid is not null),
enders as (
  select g.usesysid from agents g
  union
  select r.oid from pg_roles r where r.rolname = current_user and not exists (select 1 from agents))
select distinct e.usesysid::regrole::text as ender, a.usename::text as user
  from enders e
  join pg_stat_activity a on a.datname = current_database()
  join pg_roles r on r.oid = a.usesysid
 where (a.application_name like 'quorate-buildmaster:%'
        or exists (select 1 from pg_locks l
                    where l.pid = a.pid and l.relation = to_regclass('quorate.master')
                      and l.mode in ('RowShareLock', 'RowExclusiveLock')))
   and not pg_has_role(e.usesysid, a.usesysid, 'member')
   and not (pg_has_role(e.usesysid, 'pg_signal_backend', 'member') and not r.rolsuper)
 order by 1, 2
