-- Ends the sessions that keep a lock on the victim's row although nobody will end them otherwise. First those that
-- carry the victim and its epoch, or an earlier one, in their name: its buildmaster's. A backend notices neither
-- that its client died nor that its machine has no power while it waits for another session's lock. Then those that
-- hold a lock on some master's row, do not belong to another master, and get nowhere: they have waited for a lock
-- for as long as the caller has just waited, or their client has sent nothing for as long as any wait for a lock may
-- take. Only sessions that this role may end. No lock.
select count(*) filter (where pg_terminate_backend(a.pid))::integer
  from pg_stat_activity a
  join pg_roles r on r.oid = a.usesysid
 where a.datname = current_database() and a.pid <> pg_backend_pid()
   and (pg_has_role(a.usesysid, 'member') or pg_has_role('pg_signal_backend', 'member') and not r.rolsuper)
   and case
     when a.application_name ~ '^quorate-buildmaster:[0-9]{1,10}:[0-9]{1,19}$'
       then split_part(a.application_name, ':', 2)::bigint = :victim
            and split_part(a.application_name, ':', 3)::numeric <= :epoch
     when a.application_name like 'quorate-agent:%'
          and a.application_name <> (select 'quorate-agent:' || m.name_hash from masters m where m.id = :victim)
       then false
     else (a.state in ('idle in transaction', 'idle in transaction (aborted)')
           and a.state_change < clock_timestamp() - current_setting('lock_timeout')::interval
           or a.wait_event_type = 'Lock'
           and a.query_start < clock_timestamp() - :waited::integer * interval '1 millisecond')
          and exists (
            select 1 from pg_locks l
             where l.pid = a.pid and l.relation = 'quorate.master'::regclass
               and l.mode in ('RowShareLock', 'RowExclusiveLock'))
   end
