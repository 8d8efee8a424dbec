-- Ends the sessions of a fenced agent, so that locks of a frozen process do not linger.
select count(*) filter (where pg_terminate_backend(a.pid))::integer
  from pg_stat_activity a
 where a.application_name = :application_name and a.pid <> pg_backend_pid()
