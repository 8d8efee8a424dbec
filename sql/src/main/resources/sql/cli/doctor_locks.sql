-- The sessions of others that have locked rows or tables which Quorate writes, for more than five seconds or while
-- somebody waits for them. A lock that only reads (pg_dump) or that lets writes pass (vacuum) delays nothing and is
-- left out. What PostgreSQL hides from this role is null. No lock.
with guarded as (
  select c.oid from pg_class c
   where c.relkind in ('r', 'p')
     and (c.relnamespace = to_regnamespace('quorate')
          or c.relnamespace = to_regnamespace('public')
             and c.relname in ('masters', 'builders', 'builder_masters', 'configured_workers', 'connected_workers',
                               'schedulers', 'scheduler_masters', 'changesources', 'changesource_masters', 'buildsets',
                               'buildset_properties', 'buildrequests', 'buildrequest_claims', 'builds', 'steps',
                               'logs'))),
holding as (
  select l.pid, string_agg(distinct l.relation::regclass::text, ', ' order by l.relation::regclass::text) as tables,
         bool_or(l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) as whole
    from pg_locks l
   where l.locktype = 'relation' and l.granted and l.relation in (select g.oid from guarded g)
     and l.database = (select d.oid from pg_database d where d.datname = current_database())
     and l.mode not in ('AccessShareLock', 'ShareUpdateExclusiveLock')
   group by l.pid)
select a.pid, a.usename::text as user, coalesce(nullif(a.application_name, ''), 'no name') as program, a.state,
       h.tables, h.whole, extract(epoch from clock_timestamp() - a.xact_start)::bigint as seconds,
       upper(substring(a.query from '^\s*(\w+)')) as statement, w.waiting
  from holding h
  join pg_stat_activity a on a.pid = h.pid
 cross join lateral (
    select count(*) as waiting from pg_stat_activity s
     where s.wait_event_type = 'Lock' and h.pid = any(pg_blocking_pids(s.pid))) w
 where a.pid <> pg_backend_pid() and a.application_name !~ '^quorate-(agent|buildmaster):'
   and (a.xact_start < clock_timestamp() - interval '5 seconds' or w.waiting > 0)
 order by w.waiting desc, a.xact_start
