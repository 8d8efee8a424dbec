-- From the tables of Buildbot 3.7 (alembic 059) to those of 4.3 (067), step by step as Buildbot's own upgrades go.
create table projects (
  id serial primary key,
  name text not null,
  name_hash varchar(40) not null,
  slug varchar(50) not null,
  description text
);
alter table builders add column projectid integer
  constraint fk_builders_projectid references projects (id) on delete set null;
create index builders_projectid on builders (projectid);
create unique index projects_name_hash on projects (name_hash);
update alembic_version set version_num = '060';

alter table builders add column description_format text;
alter table builders add column description_html text;
update alembic_version set version_num = '061';

alter table projects add column description_format text;
alter table projects add column description_html text;
update alembic_version set version_num = '062';

alter table steps add column locks_acquired_at integer;
update steps set locks_acquired_at = started_at;
update alembic_version set version_num = '063';

alter table workers add column pause_reason text;
update alembic_version set version_num = '064';

alter table buildsets add column rebuilt_buildid integer
  constraint rebuilt_buildid references builds (id) on delete set null;
update alembic_version set version_num = '065';

alter table builds add column locks_duration_s integer;
update builds set locks_duration_s = 0;
alter table builds alter column locks_duration_s set not null;
update alembic_version set version_num = '066';

create table codebases (
  id serial primary key,
  projectid integer not null references projects (id) on delete cascade,
  name text not null,
  slug varchar(50) not null,
  name_hash varchar(40) not null
);
create table codebase_commits (
  id serial primary key,
  codebaseid integer not null references codebases (id) on delete cascade,
  author varchar(255) not null,
  committer varchar(255),
  comments text not null,
  when_timestamp integer not null,
  revision varchar(70) not null,
  parent_commitid integer references codebase_commits (id) on delete set null
);
create table codebase_branches (
  id serial primary key,
  codebaseid integer not null references codebases (id) on delete cascade,
  name varchar(255) not null,
  name_hash varchar(40) not null,
  commitid integer references codebase_commits (id) on delete set null,
  last_timestamp integer not null
);
create unique index codebases_projects_name_hash on codebases (projectid, name_hash);
create unique index codebase_commits_unique on codebase_commits (codebaseid, revision);
create unique index codebase_branches_unique on codebase_branches (codebaseid, name_hash);
update alembic_version set version_num = '067';
