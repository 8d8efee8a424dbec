-- Whether the victim's agent still has a database session, through which it could be extending its trust. No lock.
select exists (
  select 1 from pg_stat_activity a
   where a.application_name = :application_name and a.pid <> pg_backend_pid())
