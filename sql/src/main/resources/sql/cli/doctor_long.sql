-- The transactions that keep dead rows from being cleaned up, which makes the queue slow. No lock.
select a.pid, a.usename::text as user, a.application_name as program,
       extract(epoch from clock_timestamp() - a.xact_start)::bigint as seconds
  from pg_stat_activity a
 where a.datname = current_database() and a.pid <> pg_backend_pid()
   and a.xact_start < clock_timestamp() - interval '1 minute'
 order by a.xact_start
