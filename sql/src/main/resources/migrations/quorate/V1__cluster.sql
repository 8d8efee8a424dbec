-- The schema quorate is private to Quorate. It records which epochs are current, which master owns and holds what, and
-- what happened. coordinator/INVARIANTS.md explains the invariants I1-I9 and the transactions T1-T8 that these files
-- cite. No foreign key refers to Buildbot's tables, so that Buildbot's own clean-up is never blocked. The partial
-- indexes on Buildbot's tables are in sql/indexes, because a site may leave them out.
-- Locks: none on an existing table.

-- The version grows with each migration that a running agent must know of. Schema.REQUIRED_VERSION is the same number.
create function quorate.schema_version() returns integer language sql immutable as 'select 1';

create table quorate.cluster (
  one boolean primary key default true check (one),
  name text not null,
  cluster_uuid uuid not null default gen_random_uuid(),
  founded_at timestamptz not null default clock_timestamp()
);
comment on table quorate.cluster is
  'The cluster that this database belongs to. ZooKeeper holds the same uuid; agents refuse to work if the two differ.';
