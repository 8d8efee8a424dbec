-- The schema quorate is private to Quorate. It records which epochs are current, which master owns and holds what, and
-- what happened. coordinator/INVARIANTS.md explains the invariants I1-I9 and the transactions T1-T8 that these files
-- cite. No foreign key refers to Buildbot's tables, so that Buildbot's own clean-up is never blocked. The partial
-- indexes on Buildbot's tables are in sql/indexes, because a site may leave them out.
-- Locks: none on an existing table.

-- The version grows with each migration that a running agent must know of. Schema.REQUIRED_VERSION is the same number.
create function quorate.schema_version() returns integer language sql immutable as 'select 1';

-- Where this database really is. On a standby the timeline is 0: there no WAL is written. A checkpoint may name the old
-- timeline for minutes after a promotion, so the WAL that is written now is asked.
create function quorate.here(out system_identifier bigint, out database_oid bigint, out timeline integer)
language sql stable as $$
  select s.system_identifier, d.oid::bigint,
         case when pg_is_in_recovery() then 0
              else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer end
    from pg_control_system() s, pg_database d
   where d.datname = current_database()
$$;

create table quorate.cluster (
  one boolean primary key default true check (one),
  name text not null,
  cluster_uuid uuid not null default gen_random_uuid(),
  founded_at timestamptz not null default clock_timestamp(),
  database_uuid uuid not null default gen_random_uuid(),
  former_uuids uuid[] not null default '{}',
  identified_at timestamptz not null default clock_timestamp(),
  system_identifier bigint not null,
  database_oid bigint not null,
  timeline integer not null,
  ensemble_uuid uuid
);
comment on table quorate.cluster is
  'The cluster that this database belongs to, and the identity of the database. ZooKeeper holds cluster_uuid and '
  'database_uuid; agents refuse to work if they differ.';
comment on column quorate.cluster.database_uuid is
  'Drawn anew after each promotion and restore, so that two copies that both go on differ.';
comment on column quorate.cluster.former_uuids is
  'The database_uuids from which this one descends, newest first.';
comment on column quorate.cluster.timeline is
  'With system_identifier and database_oid: where the database was when database_uuid was drawn. A copy is elsewhere.';
comment on column quorate.cluster.ensemble_uuid is
  'The ZooKeeper ensemble that the cluster uses; null before the first agent has joined.';
