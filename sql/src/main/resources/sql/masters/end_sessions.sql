-- Ends the sessions of a fenced agent, so that a frozen process does not keep its locks.
select count(*) filter (where pg_terminate_backend(a.pid))::integer
  from pg_stat_activity a
 where a.application_name = :application_name and a.pid <> pg_backend_pid()
