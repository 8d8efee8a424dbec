-- Quorate's private schema: who is trusted, who owns what, who holds what, and what happened. Invariants I1-I9 are listed
-- in coordinator/INVARIANTS.md. No foreign key points at Buildbot's tables, so that Buildbot's own clean-up is never
-- blocked. The partial indexes are made apart (sql/indexes), since they may be left out. Locks: SHARE ROW EXCLUSIVE on
-- buildrequests, which gets a trigger, for an instant.

create table quorate.cluster (
  one boolean primary key default true check (one),
  name text not null,
  cluster_uuid uuid not null default gen_random_uuid(),
  founded_at timestamptz not null default clock_timestamp()
);
comment on table quorate.cluster is 'Which cluster this database belongs to; the uuid stands in ZooKeeper too, and a mismatch is refused.';

-- I2, I6: one row a master. The fence of every write is a share lock on it, held to commit.
create table quorate.master (
  masterid integer primary key,
  name text not null unique,
  epoch bigint not null check (epoch > 0),
  incarnation uuid not null,
  state text not null check (state in ('active', 'fenced', 'dead')),
  draining boolean not null default false,
  changed_at timestamptz not null default clock_timestamp(),
  changed_by text not null
) with (fillfactor = 50);
comment on column quorate.master.state is 'active: trusted in this epoch; fenced: the epoch is over, claims wait for the kill time; dead: holds nothing.';
comment on column quorate.master.draining is 'An operator''s intent: take no new claims. Survives restarts and fail-overs.';

-- I8: whoever holds this row for share under the current epoch may fence.
create table quorate.leader (
  one boolean primary key default true check (one),
  epoch bigint not null default 0,
  masterid integer,
  incarnation uuid,
  since timestamptz not null default clock_timestamp()
);
insert into quorate.leader default values;

-- I1: the key is the promise. Beside Buildbot's buildrequest_claims, written and deleted in the same transactions.
create table quorate.claim (
  brid integer primary key,
  masterid integer not null,
  epoch bigint not null,
  attempt uuid not null,
  claimed_at timestamptz not null default clock_timestamp()
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
create index claim_masterid on quorate.claim (masterid);

-- I6, I7: a term numbers one master's ownership of one scheduler.
create table quorate.scheduler (
  schedulerid integer primary key,
  term bigint not null default 0,
  masterid integer,
  epoch bigint,
  preferred_masterid integer,
  changed_at timestamptz not null default clock_timestamp(),
  check ((masterid is null) = (epoch is null))
) with (fillfactor = 50);
comment on column quorate.scheduler.preferred_masterid is 'Set by an operator (move); ignored while that master is not alive.';

-- I7: an occasion is committed once, whoever tries.
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

create table quorate.cancellation (
  brid integer primary key,
  actor text not null,
  why text not null,
  asked_at timestamptz not null default clock_timestamp()
);
comment on table quorate.cancellation is 'Claimed buildrequests that an operator wants cancelled; the holder completes them with CANCELLED.';

-- I6: an epoch or a term is the number that ZooKeeper gave out, or the next one of its row. ZooKeeper's numbers stay below 2^62
-- for as long as it holds fewer than a thousand million elections, so a greater one is a mistake, and would leave its row without
-- a next number. An epoch or term that is that high all the same grows by one at a time.
create function quorate.refuse_jump() returns trigger language plpgsql as $$
begin
  raise exception '% % is refused: ZooKeeper cannot have given out a number above 4611686018427387904',
    tg_argv[0], case tg_argv[0] when 'term' then to_jsonb(new) ->> 'term' else to_jsonb(new) ->> 'epoch' end
    using errcode = 'numeric_value_out_of_range';
end $$;

create trigger first_number before insert on quorate.master
  for each row when (new.epoch > 4611686018427387904) execute function quorate.refuse_jump('epoch');
create trigger next_number before update of epoch on quorate.master
  for each row when (new.epoch > 4611686018427387904 and new.epoch - 1 > old.epoch) execute function quorate.refuse_jump('epoch');
create trigger next_number before update of epoch on quorate.leader
  for each row when (new.epoch > 4611686018427387904 and new.epoch - 1 > old.epoch) execute function quorate.refuse_jump('leader epoch');
create trigger first_number before insert on quorate.scheduler
  for each row when (new.term > 4611686018427387904) execute function quorate.refuse_jump('term');
create trigger next_number before update of term on quorate.scheduler
  for each row when (new.term > 4611686018427387904 and new.term - 1 > old.term) execute function quorate.refuse_jump('term');

-- I9: append-only; replaying it gives the tables. A row is written after the lock that decided, so that per buildrequest,
-- master and scheduler seq is the order of the locks.
create table quorate.history (
  seq bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  kind text not null check (kind in (
    'register', 'resume', 'leave', 'lead', 'fence', 'claim', 'complete', 'release', 'own', 'disown', 'tick',
    'submit', 'cancel', 'reprioritize', 'drain', 'undrain', 'move', 'enable', 'disable')),
  brid integer,
  schedulerid integer,
  masterid integer,
  epoch bigint,
  attempt uuid,
  term bigint,
  leader_epoch bigint,
  results smallint,
  occasion text,
  actor text not null,
  why text,
  primary key (at, seq)
) partition by range (at);
comment on column quorate.history.masterid is 'The master that the row is about: the claimer, the completer, the victim of a fence.';
comment on column quorate.history.actor is 'Who did it: master:<name>, or an operator''s name.';
create index history_brid on quorate.history (brid, seq) where brid is not null;
create index history_masterid on quorate.history (masterid, seq) where kind in ('register', 'resume', 'leave', 'fence');
create index history_schedulerid on quorate.history (schedulerid, seq) where schedulerid is not null;
create table quorate.history_default partition of quorate.history default;

create function quorate.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'quorate.history is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete on quorate.history
  for each row execute function quorate.refuse_change();

-- Makes the partitions of the days to come. A day that already has rows in the default partition is left there.
create function quorate.prepare_history(days integer) returns void language plpgsql as $$
declare
  day date;
  name text;
begin
  perform pg_advisory_xact_lock(hashtext('quorate.prepare_history'));
  for day in select d::date from generate_series((now() at time zone 'utc')::date, (now() at time zone 'utc')::date + days, interval '1 day') d loop
    name := 'history_' || to_char(day, 'YYYYMMDD');
    if to_regclass('quorate.' || name) is null
       and not exists (select 1 from quorate.history_default where at >= day::timestamp at time zone 'utc'
                          and at < (day + 1)::timestamp at time zone 'utc') then
      execute format('create table quorate.%I partition of quorate.history for values from (%L) to (%L)', name,
                     day::timestamp at time zone 'utc', (day + 1)::timestamp at time zone 'utc');
    end if;
  end loop;
end $$;
select quorate.prepare_history(14);

-- Wakes agents. A hint: agents look by themselves every few seconds.
create function quorate.wake_for_new_requests() returns trigger language plpgsql as $$
begin
  perform pg_notify('quorate_work', builderid::text) from (select distinct builderid from added) b;
  return null;
end $$;
create trigger quorate_wake after insert on buildrequests
  referencing new table as added for each statement execute function quorate.wake_for_new_requests();

-- The sourcestamp of this description, made if it is new. Only its uniqueness matters to Buildbot, which itself uses sha1.
create function quorate.sourcestamp(branch text, revision text, repository text, codebase text, project text)
returns integer language plpgsql as $$
declare
  hash text := left(encode(sha256(convert_to(concat_ws(E'\x01', coalesce(branch, E'\x02'), coalesce(revision, E'\x02'),
                    repository, codebase, project), 'utf8')), 'hex'), 40);
  found integer;
begin
  loop
    select s.id into found from sourcestamps s where s.ss_hash = hash;
    exit when found is not null;
    insert into sourcestamps (ss_hash, branch, revision, repository, codebase, project, created_at)
    values (hash, branch, revision, repository, codebase, project, extract(epoch from now())::integer)
    on conflict (ss_hash) do nothing returning id into found;
    exit when found is not null;
  end loop;
  return found;
end $$;

-- A buildset with one buildrequest a builder, as Buildbot's addBuildset writes it: without the sourcestamp the requests
-- would be invisible to a real Buildbot.
create function quorate.add_buildset(
  buildsetid integer, builderids integer[], priority integer, reason text, properties jsonb, source text)
returns setof integer language plpgsql as $$
begin
  insert into buildsets (id, external_idstring, reason, submitted_at, complete, results)
  values (buildsetid, null, left(reason, 256), extract(epoch from now())::integer, 0, -1);
  insert into buildset_sourcestamps (buildsetid, sourcestampid)
  values (buildsetid, quorate.sourcestamp(null, null, '', '', ''));
  insert into buildset_properties (buildsetid, property_name, property_value)
  select buildsetid, key, jsonb_build_array(value, source)::text from jsonb_each(properties);
  return query
    insert into buildrequests (buildsetid, builderid, priority, complete, results, submitted_at, waited_for)
    select add_buildset.buildsetid, b, add_buildset.priority, 0, -1, extract(epoch from now())::integer, 0
      from unnest(builderids) b
    returning id;
end $$;

-- Grows with every migration that a running agent must know of.
create function quorate.schema_version() returns integer language sql immutable as 'select 1';
