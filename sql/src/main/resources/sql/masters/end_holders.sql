-- Ends transactions that hold a lock on some master's row and whose client has sent nothing for as long as the caller
-- has just waited. A client that vanished or is frozen leaves such a transaction open, and TCP notices that after
-- hours, if ever.
select count(*) filter (where pg_terminate_backend(a.pid))::integer
  from pg_stat_activity a
 where a.state in ('idle in transaction', 'idle in transaction (aborted)')
   and a.state_change < clock_timestamp() - current_setting('lock_timeout')::interval
   and pg_has_role(a.usesysid, 'member')
   and exists (
     select 1 from pg_locks l
      where l.pid = a.pid and l.relation = 'quorate.master'::regclass
        and l.mode in ('RowShareLock', 'RowExclusiveLock'))
