-- The subset of Buildbot's tables that claiming, ownership and housekeeping use, for sites and tests without Buildbot.
-- Names, types, defaults, constraints and indexes are those of Buildbot 3.7 (alembic 059), so that every statement runs
-- unchanged on a real Buildbot database.
-- Locks: none; it runs on an empty schema.

create table masters (
  id serial primary key,
  name text not null,
  name_hash varchar(40) not null,
  active integer not null,
  last_active integer not null
);
create unique index master_name_hashes on masters (name_hash);

create table builders (
  id serial primary key,
  name text not null,
  description text,
  name_hash varchar(40) not null
);
create unique index builder_name_hash on builders (name_hash);

create table builder_masters (
  id serial primary key,
  builderid integer not null references builders (id) on delete cascade,
  masterid integer not null references masters (id) on delete cascade
);
create index builder_masters_builderid on builder_masters (builderid);
create index builder_masters_masterid on builder_masters (masterid);
create unique index builder_masters_identity on builder_masters (builderid, masterid);

create table workers (
  id serial primary key,
  name varchar(50) not null,
  info text not null,
  paused smallint not null default 0,
  graceful smallint not null default 0
);
create unique index workers_name on workers (name);

create table configured_workers (
  id serial primary key,
  buildermasterid integer not null references builder_masters (id) on delete cascade,
  workerid integer not null references workers (id) on delete cascade
);
create index configured_workers_buildmasterid on configured_workers (buildermasterid);
create index configured_workers_workers on configured_workers (workerid);
create unique index configured_workers_identity on configured_workers (buildermasterid, workerid);

create table connected_workers (
  id serial primary key,
  masterid integer not null references masters (id) on delete cascade,
  workerid integer not null references workers (id) on delete cascade
);
create index connected_workers_masterid on connected_workers (masterid);
create index connected_workers_workers on connected_workers (workerid);
create unique index connected_workers_identity on connected_workers (masterid, workerid);

create table schedulers (
  id serial primary key,
  name text not null,
  name_hash varchar(40) not null,
  enabled smallint default 1
);
create unique index scheduler_name_hash on schedulers (name_hash);

create table scheduler_masters (
  schedulerid integer primary key references schedulers (id) on delete cascade,
  masterid integer not null references masters (id) on delete cascade
);

create table changesources (
  id serial primary key,
  name text not null,
  name_hash varchar(40) not null
);
create unique index changesource_name_hash on changesources (name_hash);

create table changesource_masters (
  changesourceid integer primary key references changesources (id) on delete cascade,
  masterid integer not null references masters (id) on delete cascade
);

create table patches (
  id serial primary key,
  patchlevel integer not null,
  patch_base64 text not null,
  patch_author text not null,
  patch_comment text not null,
  subdir text
);

create table sourcestamps (
  id serial primary key,
  ss_hash varchar(40) not null,
  branch varchar(256),
  revision varchar(256),
  patchid integer references patches (id) on delete cascade,
  repository varchar(512) not null default '',
  codebase varchar(256) not null default '',
  project varchar(512) not null default '',
  created_at integer not null
);
create unique index sourcestamps_ss_hash_key on sourcestamps (ss_hash);

create table buildsets (
  id serial primary key,
  external_idstring varchar(256),
  reason varchar(256),
  submitted_at integer not null,
  complete smallint not null default 0,
  complete_at integer,
  results smallint,
  parent_buildid integer,
  parent_relationship text
);
create index buildsets_complete on buildsets (complete);
create index buildsets_submitted_at on buildsets (submitted_at);

create table buildset_sourcestamps (
  id serial primary key,
  buildsetid integer not null references buildsets (id) on delete cascade,
  sourcestampid integer not null references sourcestamps (id) on delete cascade
);
create index buildset_sourcestamps_buildsetid on buildset_sourcestamps (buildsetid);
create unique index buildset_sourcestamps_unique on buildset_sourcestamps (buildsetid, sourcestampid);

create table buildset_properties (
  buildsetid integer not null references buildsets (id) on delete cascade,
  property_name varchar(256) not null,
  property_value text not null
);
create index buildset_properties_buildsetid on buildset_properties (buildsetid);

create table buildrequests (
  id serial primary key,
  buildsetid integer not null references buildsets (id) on delete cascade,
  builderid integer not null references builders (id) on delete cascade,
  priority integer not null default 0,
  complete integer default 0,
  results smallint,
  submitted_at integer not null,
  complete_at integer,
  waited_for smallint default 0
);
create index buildrequests_buildsetid on buildrequests (buildsetid);
create index buildrequests_builderid on buildrequests (builderid);
create index buildrequests_complete on buildrequests (complete);

create table buildrequest_claims (
  brid integer not null references buildrequests (id) on delete cascade,
  masterid integer not null references masters (id) on delete cascade,
  claimed_at integer not null
);
create unique index buildrequest_claims_brids on buildrequest_claims (brid);
create index ix_buildrequest_claims_masterid on buildrequest_claims (masterid);

create table builds (
  id serial primary key,
  number integer not null,
  builderid integer not null references builders (id) on delete cascade,
  buildrequestid integer not null references buildrequests (id) on delete cascade,
  workerid integer references workers (id) on delete set null,
  masterid integer not null references masters (id) on delete cascade,
  started_at integer not null,
  complete_at integer,
  state_string text not null,
  results integer
);
create index builds_buildrequestid on builds (buildrequestid);
create index builds_workerid on builds (workerid);
create index builds_masterid on builds (masterid);
create unique index builds_number on builds (builderid, number);

alter table buildsets
  add constraint parent_buildid foreign key (parent_buildid) references builds (id) on delete set null;
