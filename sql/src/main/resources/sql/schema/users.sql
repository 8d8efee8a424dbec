-- The sessions that have locked one of the tables in the schema public, and whether they may write to it. No lock.
select c.relname::text as relation, l.mode not in ('AccessShareLock', 'RowShareLock') as writes,
       format('%s (pid %s, user %s) uses public.%s%s',
              coalesce(nullif(a.application_name, ''), 'a session'), l.pid, a.usename, c.relname,
              coalesce(', ' || a.state, '')) as sentence
  from pg_locks l
  join pg_class c on c.oid = l.relation
  left join pg_stat_activity a on a.pid = l.pid
 where l.locktype = 'relation' and l.granted and l.pid is distinct from pg_backend_pid()
   and l.database = (select d.oid from pg_database d where d.datname = current_database())
   and c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
 order by a.xact_start nulls last, l.pid
