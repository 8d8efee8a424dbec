-- The tables of Buildbot 3.7.0 (alembic 059) as its upgrade-master creates them in PostgreSQL: the output of pg_dump for a
-- fresh database, shortened.

create table alembic_version (
  version_num varchar(32) not null
);
create table build_data (
  id serial primary key,
  buildid integer not null,
  name varchar(256) not null,
  value bytea not null,
  length integer not null,
  source varchar(256) not null
);
create table build_properties (
  buildid integer not null,
  name varchar(256) not null,
  value text not null,
  source varchar(256) not null
);
create table builder_masters (
  id serial primary key,
  builderid integer not null,
  masterid integer not null
);
create table builders (
  id serial primary key,
  name text not null,
  description text,
  name_hash varchar(40) not null
);
create table builders_tags (
  id serial primary key,
  builderid integer not null,
  tagid integer not null
);
create table buildrequest_claims (
  brid integer not null,
  masterid integer not null,
  claimed_at integer not null
);
create table buildrequests (
  id serial primary key,
  buildsetid integer not null,
  builderid integer not null,
  priority integer default 0 not null,
  complete integer default 0,
  results smallint,
  submitted_at integer not null,
  complete_at integer,
  waited_for smallint default '0'::smallint
);
create table builds (
  id serial primary key,
  number integer not null,
  builderid integer not null,
  buildrequestid integer not null,
  workerid integer,
  masterid integer not null,
  started_at integer not null,
  complete_at integer,
  state_string text not null,
  results integer
);
create table buildset_properties (
  buildsetid integer not null,
  property_name varchar(256) not null,
  property_value text not null
);
create table buildset_sourcestamps (
  id serial primary key,
  buildsetid integer not null,
  sourcestampid integer not null
);
create table buildsets (
  id serial primary key,
  external_idstring varchar(256),
  reason varchar(256),
  submitted_at integer not null,
  complete smallint default '0'::smallint not null,
  complete_at integer,
  results smallint,
  parent_buildid integer,
  parent_relationship text
);
create table change_files (
  changeid integer not null,
  filename varchar(1024) not null
);
create table change_properties (
  changeid integer not null,
  property_name varchar(256) not null,
  property_value text not null
);
create table change_users (
  changeid integer not null,
  uid integer not null
);
create table changes (
  changeid serial primary key,
  author varchar(255) not null,
  committer varchar(255),
  comments text not null,
  branch varchar(255),
  revision varchar(255),
  revlink varchar(256),
  when_timestamp integer not null,
  category varchar(255),
  repository varchar(512) default ''::varchar not null,
  codebase varchar(256) default ''::varchar not null,
  project varchar(512) default ''::varchar not null,
  sourcestampid integer not null,
  parent_changeids integer
);
create table changesource_masters (
  changesourceid integer primary key,
  masterid integer not null
);
create table changesources (
  id serial primary key,
  name text not null,
  name_hash varchar(40) not null
);
create table configured_workers (
  id serial primary key,
  buildermasterid integer not null,
  workerid integer not null
);
create table connected_workers (
  id serial primary key,
  masterid integer not null,
  workerid integer not null
);
create table logchunks (
  logid integer not null,
  first_line integer not null,
  last_line integer not null,
  content bytea,
  compressed smallint not null
);
create table logs (
  id serial primary key,
  name text not null,
  slug varchar(50) not null,
  stepid integer not null,
  complete smallint not null,
  num_lines integer not null,
  type varchar(1) not null
);
create table masters (
  id serial primary key,
  name text not null,
  name_hash varchar(40) not null,
  active integer not null,
  last_active integer not null
);
create table object_state (
  objectid integer not null,
  name varchar(255) not null,
  value_json text not null
);
create table objects (
  id serial primary key,
  name varchar(128) not null,
  class_name varchar(128) not null
);
create table patches (
  id serial primary key,
  patchlevel integer not null,
  patch_base64 text not null,
  patch_author text not null,
  patch_comment text not null,
  subdir text
);
create table scheduler_changes (
  schedulerid integer not null,
  changeid integer not null,
  important integer
);
create table scheduler_masters (
  schedulerid integer primary key,
  masterid integer not null
);
create table schedulers (
  id serial primary key,
  name text not null,
  name_hash varchar(40) not null,
  enabled smallint default '1'::smallint
);
create table sourcestamps (
  id serial primary key,
  ss_hash varchar(40) not null,
  branch varchar(256),
  revision varchar(256),
  patchid integer,
  repository varchar(512) default ''::varchar not null,
  codebase varchar(256) default ''::varchar not null,
  project varchar(512) default ''::varchar not null,
  created_at integer not null
);
create table steps (
  id serial primary key,
  number integer not null,
  name varchar(50) not null,
  buildid integer not null,
  started_at integer,
  complete_at integer,
  state_string text not null,
  results integer,
  urls_json text not null,
  hidden smallint default '0'::smallint not null
);
create table tags (
  id serial primary key,
  name text not null,
  name_hash varchar(40) not null
);
create table test_code_paths (
  id serial primary key,
  builderid integer not null,
  path text not null
);
create table test_names (
  id serial primary key,
  builderid integer not null,
  name text not null
);
create table test_result_sets (
  id serial primary key,
  builderid integer not null,
  buildid integer not null,
  stepid integer not null,
  description text,
  category text not null,
  value_unit text not null,
  tests_passed integer,
  tests_failed integer,
  complete smallint not null
);
create table test_results (
  id serial primary key,
  builderid integer not null,
  test_result_setid integer not null,
  test_nameid integer,
  test_code_pathid integer,
  line integer,
  duration_ns integer,
  value text not null
);
create table users (
  uid serial primary key,
  identifier varchar(255) not null,
  bb_username varchar(128),
  bb_password varchar(128)
);
create table users_info (
  uid integer not null,
  attr_type varchar(128) not null,
  attr_data varchar(128) not null
);
create table workers (
  id serial primary key,
  name varchar(50) not null,
  info text not null,
  paused smallint default '0'::smallint not null,
  graceful smallint default '0'::smallint not null
);

alter table alembic_version add constraint alembic_version_pkc primary key (version_num);
create unique index build_data_buildid_name on build_data (buildid, name);
create index build_properties_buildid on build_properties (buildid);
create index builder_masters_builderid on builder_masters (builderid);
create unique index builder_masters_identity on builder_masters (builderid, masterid);
create index builder_masters_masterid on builder_masters (masterid);
create unique index builder_name_hash on builders (name_hash);
create index builders_tags_builderid on builders_tags (builderid);
create unique index builders_tags_unique on builders_tags (builderid, tagid);
create unique index buildrequest_claims_brids on buildrequest_claims (brid);
create index buildrequests_builderid on buildrequests (builderid);
create index buildrequests_buildsetid on buildrequests (buildsetid);
create index buildrequests_complete on buildrequests (complete);
create index builds_buildrequestid on builds (buildrequestid);
create index builds_masterid on builds (masterid);
create unique index builds_number on builds (builderid, number);
create index builds_workerid on builds (workerid);
create index buildset_properties_buildsetid on buildset_properties (buildsetid);
create index buildset_sourcestamps_buildsetid on buildset_sourcestamps (buildsetid);
create unique index buildset_sourcestamps_unique on buildset_sourcestamps (buildsetid, sourcestampid);
create index buildsets_complete on buildsets (complete);
create index buildsets_submitted_at on buildsets (submitted_at);
create index change_files_changeid on change_files (changeid);
create index change_properties_changeid on change_properties (changeid);
create index change_users_changeid on change_users (changeid);
create index changes_author on changes (author);
create index changes_branch on changes (branch);
create index changes_category on changes (category);
create index changes_revision on changes (revision);
create index changes_sourcestampid on changes (sourcestampid);
create index changes_when_timestamp on changes (when_timestamp);
create unique index changesource_name_hash on changesources (name_hash);
create index configured_workers_buildmasterid on configured_workers (buildermasterid);
create unique index configured_workers_identity on configured_workers (buildermasterid, workerid);
create index configured_workers_workers on configured_workers (workerid);
create unique index connected_workers_identity on connected_workers (masterid, workerid);
create index connected_workers_masterid on connected_workers (masterid);
create index connected_workers_workers on connected_workers (workerid);
create index ix_buildrequest_claims_masterid on buildrequest_claims (masterid);
create index logchunks_firstline on logchunks (logid, first_line);
create index logchunks_lastline on logchunks (logid, last_line);
create unique index logs_slug on logs (stepid, slug);
create unique index master_name_hashes on masters (name_hash);
create unique index name_per_object on object_state (objectid, name);
create unique index object_identity on objects (name, class_name);
create index scheduler_changes_changeid on scheduler_changes (changeid);
create index scheduler_changes_schedulerid on scheduler_changes (schedulerid);
create unique index scheduler_changes_unique on scheduler_changes (schedulerid, changeid);
create unique index scheduler_name_hash on schedulers (name_hash);
create unique index sourcestamps_ss_hash_key on sourcestamps (ss_hash);
create unique index steps_name on steps (buildid, name);
create unique index steps_number on steps (buildid, number);
create index steps_started_at on steps (started_at);
create unique index tag_name_hash on tags (name_hash);
create index test_code_paths_path on test_code_paths (builderid, path);
create index test_names_name on test_names (builderid, name);
create unique index users_bb_user on users (bb_username);
create unique index users_identifier on users (identifier);
create unique index users_info_attrs on users_info (attr_type, attr_data);
create index users_info_uid on users_info (uid);
create unique index users_info_uid_attr_type on users_info (uid, attr_type);
create unique index workers_name on workers (name);

alter table build_data add constraint build_data_buildid_fkey
  foreign key (buildid) references builds (id) on delete cascade;
alter table build_properties add constraint build_properties_buildid_fkey
  foreign key (buildid) references builds (id) on delete cascade;
alter table builder_masters add constraint builder_masters_builderid_fkey
  foreign key (builderid) references builders (id) on delete cascade;
alter table builder_masters add constraint builder_masters_masterid_fkey
  foreign key (masterid) references masters (id) on delete cascade;
alter table builders_tags add constraint builders_tags_builderid_fkey
  foreign key (builderid) references builders (id) on delete cascade;
alter table builders_tags add constraint builders_tags_tagid_fkey
  foreign key (tagid) references tags (id) on delete cascade;
alter table buildrequest_claims add constraint buildrequest_claims_brid_fkey
  foreign key (brid) references buildrequests (id) on delete cascade;
alter table buildrequest_claims add constraint buildrequest_claims_masterid_fkey
  foreign key (masterid) references masters (id) on delete cascade;
alter table builds add constraint buildrequestid
  foreign key (buildrequestid) references buildrequests (id) on delete cascade;
alter table buildrequests add constraint buildrequests_builderid_fkey
  foreign key (builderid) references builders (id) on delete cascade;
alter table buildrequests add constraint buildrequests_buildsetid_fkey
  foreign key (buildsetid) references buildsets (id) on delete cascade;
alter table builds add constraint builds_builderid_fkey
  foreign key (builderid) references builders (id) on delete cascade;
alter table builds add constraint builds_masterid_fkey foreign key (masterid) references masters (id) on delete cascade;
alter table builds add constraint builds_workerid_fkey
  foreign key (workerid) references workers (id) on delete set null;
alter table buildset_properties add constraint buildset_properties_buildsetid_fkey
  foreign key (buildsetid) references buildsets (id) on delete cascade;
alter table buildset_sourcestamps add constraint buildset_sourcestamps_buildsetid_fkey
  foreign key (buildsetid) references buildsets (id) on delete cascade;
alter table buildset_sourcestamps add constraint buildset_sourcestamps_sourcestampid_fkey
  foreign key (sourcestampid) references sourcestamps (id) on delete cascade;
alter table change_files add constraint change_files_changeid_fkey
  foreign key (changeid) references changes (changeid) on delete cascade;
alter table change_properties add constraint change_properties_changeid_fkey
  foreign key (changeid) references changes (changeid) on delete cascade;
alter table change_users add constraint change_users_changeid_fkey
  foreign key (changeid) references changes (changeid) on delete cascade;
alter table change_users add constraint change_users_uid_fkey
  foreign key (uid) references users (uid) on delete cascade;
alter table changes add constraint changes_parent_changeids_fkey
  foreign key (parent_changeids) references changes (changeid) on delete set null;
alter table changes add constraint changes_sourcestampid_fkey
  foreign key (sourcestampid) references sourcestamps (id) on delete cascade;
alter table changesource_masters add constraint changesource_masters_changesourceid_fkey
  foreign key (changesourceid) references changesources (id) on delete cascade;
alter table changesource_masters add constraint changesource_masters_masterid_fkey
  foreign key (masterid) references masters (id) on delete cascade;
alter table configured_workers add constraint configured_workers_buildermasterid_fkey
  foreign key (buildermasterid) references builder_masters (id) on delete cascade;
alter table configured_workers add constraint configured_workers_workerid_fkey
  foreign key (workerid) references workers (id) on delete cascade;
alter table connected_workers add constraint connected_workers_masterid_fkey
  foreign key (masterid) references masters (id) on delete cascade;
alter table connected_workers add constraint connected_workers_workerid_fkey
  foreign key (workerid) references workers (id) on delete cascade;
alter table logchunks add constraint logchunks_logid_fkey foreign key (logid) references logs (id) on delete cascade;
alter table logs add constraint logs_stepid_fkey foreign key (stepid) references steps (id) on delete cascade;
alter table object_state add constraint object_state_objectid_fkey
  foreign key (objectid) references objects (id) on delete cascade;
alter table buildsets add constraint parent_buildid
  foreign key (parent_buildid) references builds (id) on delete set null;
alter table scheduler_changes add constraint scheduler_changes_changeid_fkey
  foreign key (changeid) references changes (changeid) on delete cascade;
alter table scheduler_changes add constraint scheduler_changes_schedulerid_fkey
  foreign key (schedulerid) references schedulers (id) on delete cascade;
alter table scheduler_masters add constraint scheduler_masters_masterid_fkey
  foreign key (masterid) references masters (id) on delete cascade;
alter table scheduler_masters add constraint scheduler_masters_schedulerid_fkey
  foreign key (schedulerid) references schedulers (id) on delete cascade;
alter table sourcestamps add constraint sourcestamps_patchid_fkey
  foreign key (patchid) references patches (id) on delete cascade;
alter table steps add constraint steps_buildid_fkey foreign key (buildid) references builds (id) on delete cascade;
alter table test_code_paths add constraint test_code_paths_builderid_fkey
  foreign key (builderid) references builders (id) on delete cascade;
alter table test_names add constraint test_names_builderid_fkey
  foreign key (builderid) references builders (id) on delete cascade;
alter table test_result_sets add constraint test_result_sets_builderid_fkey
  foreign key (builderid) references builders (id) on delete cascade;
alter table test_result_sets add constraint test_result_sets_buildid_fkey
  foreign key (buildid) references builds (id) on delete cascade;
alter table test_result_sets add constraint test_result_sets_stepid_fkey
  foreign key (stepid) references steps (id) on delete cascade;
alter table test_results add constraint test_results_builderid_fkey
  foreign key (builderid) references builders (id) on delete cascade;
alter table test_results add constraint test_results_test_code_pathid_fkey
  foreign key (test_code_pathid) references test_code_paths (id) on delete cascade;
alter table test_results add constraint test_results_test_nameid_fkey
  foreign key (test_nameid) references test_names (id) on delete cascade;
alter table test_results add constraint test_results_test_result_setid_fkey
  foreign key (test_result_setid) references test_result_sets (id) on delete cascade;
alter table users_info add constraint users_info_uid_fkey foreign key (uid) references users (uid) on delete cascade;

insert into alembic_version (version_num) values ('059');
