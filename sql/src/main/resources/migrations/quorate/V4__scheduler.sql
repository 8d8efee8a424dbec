-- Clustered services: Buildbot's schedulers and change sources, each of which runs on one master at a time.
-- Locks: SHARE ROW EXCLUSIVE on schedulers, which gets a trigger, for an instant.

-- Both kinds of clustered service under one key: a scheduler has its own id, name and hash; a change source has its id
-- negated, and its name and hash with a prefix. No buildmaster may offer a scheduler whose name begins with
-- changesource:.
create view quorate.clustered_service as
select s.id as schedulerid, s.name, coalesce(s.enabled, 1)::integer as enabled, s.name_hash::text as hash
  from schedulers s
union all
select -c.id, 'changesource:' || c.name, 1, 'changesource:' || c.name_hash
  from changesources c;

-- I6, I7: a term numbers one master's period of ownership of one scheduler.
create table quorate.scheduler (
  schedulerid integer primary key,
  term bigint not null default 0,
  masterid integer,
  epoch bigint,
  preferred_masterid integer,
  changed_at timestamptz not null default clock_timestamp(),
  enabled_at timestamptz not null default clock_timestamp(),
  check ((masterid is null) = (epoch is null))
) with (fillfactor = 50);
comment on column quorate.scheduler.schedulerid is 'As in quorate.clustered_service: negative for a change source.';
comment on column quorate.scheduler.preferred_masterid is
  'The master that an operator chose with move. It is ignored while that master is not alive.';
comment on column quorate.scheduler.enabled_at is
  'Since when the scheduler has existed and been enabled. A dependent scheduler ignores what its upstream did before '
  '(I7).';

-- The schedulers that each buildmaster with the plugin can run. A row of an epoch that is over does not count.
create table quorate.offer (
  schedulerid integer not null,
  masterid integer not null,
  epoch bigint not null,
  primary key (schedulerid, masterid)
);
create index offer_masterid on quorate.offer (masterid);
comment on column quorate.offer.schedulerid is 'As in quorate.clustered_service: negative for a change source.';

-- I7: the primary key allows one commit per occasion, whichever master tries.
create table quorate.tick (
  schedulerid integer not null,
  occasion text not null,
  tick_at timestamptz not null,
  term bigint not null,
  masterid integer not null,
  epoch bigint not null,
  buildsetid integer not null,
  committed_at timestamptz not null default clock_timestamp(),
  primary key (schedulerid, occasion)
);
create index tick_at on quorate.tick (schedulerid, tick_at desc);

create function quorate.note_enabled() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update quorate.scheduler s set enabled_at = clock_timestamp() where s.schedulerid = new.id;
  return null;
end $$;
create trigger quorate_enabled after update of enabled on schedulers
  for each row when (old.enabled = 0 and new.enabled <> 0) execute function quorate.note_enabled();
