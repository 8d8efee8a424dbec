-- The database that a certificate is about, and the time from which its history is kept. Read-only, no lock.
select c.name as cluster, c.cluster_uuid::text as cluster_uuid, current_database()::text as database,
       s.system_identifier::text as system_identifier, quorate.schema_version() as schema_version,
       (select min(p.since) from quorate.history_partition p) as kept_since
  from quorate.cluster c cross join pg_control_system() s
