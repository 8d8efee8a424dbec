-- The transactions that may still commit history from before this time: each writer of the history holds this lock
-- until it ends, and this role cannot exclude that it began before. Takes no lock.
select distinct l.virtualtransaction as transaction, l.pid
  from pg_locks l left join pg_stat_activity a on a.pid = l.pid
 where l.locktype = 'relation' and l.mode = 'RowExclusiveLock' and l.relation = 'quorate.history'::regclass
   and l.database = (select d.oid from pg_database d where d.datname = current_database())
   and l.pid <> pg_backend_pid()
   and coalesce(a.xact_start, '-infinity') < cast(:until as timestamptz)
 order by l.pid
