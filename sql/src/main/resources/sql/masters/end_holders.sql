-- Ends transactions that hold a lock on some master's row and in which nobody has said anything for as long as the caller has just
-- waited: a client that vanished or is frozen leaves them open, and TCP notices it after hours, if ever.
select count(*) filter (where pg_terminate_backend(a.pid))::integer
  from pg_stat_activity a
 where a.state in ('idle in transaction', 'idle in transaction (aborted)')
   and a.state_change < clock_timestamp() - current_setting('lock_timeout')::interval
   and pg_has_role(a.usesysid, 'member')
   and exists (
     select 1 from pg_locks l
      where l.pid = a.pid and l.relation = 'quorate.master'::regclass and l.mode in ('RowShareLock', 'RowExclusiveLock'))
