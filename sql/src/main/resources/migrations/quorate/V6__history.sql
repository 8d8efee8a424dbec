-- I9: the history. It is append-only, and replaying it gives the other tables. A transaction writes its row after it
-- has taken the lock that decides, so that for each buildrequest, master and scheduler the order of seq is the order of
-- the locks. A row trigger refuses UPDATE and DELETE; each partition also refuses TRUNCATE, even if it is named
-- directly. Nobody, not even the owner, has the right to any of the three until somebody grants it. The only deletion
-- is quorate.forget_history, which drops whole days that are over.
-- Locks: none on an existing table.

create table quorate.history (
  seq bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  kind text not null check (kind in (
    'register', 'resume', 'leave', 'lead', 'fence', 'claim', 'complete', 'release', 'own', 'disown', 'tick',
    'submit', 'cancel', 'reprioritize', 'drain', 'undrain', 'move', 'enable', 'disable', 'restart', 'identity',
    'hold', 'lift')),
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
comment on column quorate.history.masterid is
  'The master that the row is about: the claimer, the completer, the victim of a fence.';
comment on column quorate.history.actor is
  'The author of the change: master:<name>, buildmaster:<name>, or an operator''s name.';
create index history_brid on quorate.history (brid, seq) where brid is not null;
create index history_masterid on quorate.history (masterid, seq)
  where kind in ('register', 'resume', 'leave', 'fence');
create index history_schedulerid on quorate.history (schedulerid, seq) where schedulerid is not null;
create table quorate.history_default partition of quorate.history default;

create function quorate.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'quorate.history is append-only: % was refused', lower(tg_op)
    using errcode = 'insufficient_privilege',
          hint = 'old days are dropped as a whole after history.retention_days';
end $$;
create trigger append_only before update or delete on quorate.history
  for each row execute function quorate.refuse_change();

-- Protects one partition, or the history itself. A new partition inherits the row trigger from the partitioned table,
-- but neither the statement trigger nor the rights.
create function quorate.seal_history(part regclass) returns void language plpgsql as $$
begin
  execute format('create trigger append_only_as_a_whole before truncate on %s'
                 ' for each statement execute function quorate.refuse_change()', part);
  execute format('revoke update, delete, truncate on %s from public, %I', part,
                 (select pg_get_userbyid(c.relowner) from pg_class c where c.oid = part));
end $$;

select quorate.seal_history(p.relid) from pg_partition_tree('quorate.history') p;

-- The days that have a partition of their own: all partitions but the default one.
create view quorate.history_partition as
  select c.relname::text as name,
         (regexp_match(b.bound, 'FROM \(''([^'']+)''\)'))[1]::timestamptz as since,
         (regexp_match(b.bound, 'TO \(''([^'']+)''\)'))[1]::timestamptz as until
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
   cross join lateral (select pg_get_expr(c.relpartbound, c.oid) as bound) b
   where i.inhparent = 'quorate.history'::regclass and b.bound <> 'DEFAULT';

-- Creates the partitions of the coming days. A partition is created as a table and then attached; that blocks neither
-- the writers of the history nor the readers of its days. ATTACH waits only for readers of the default partition, at
-- most for the lock timeout; after that the next call tries again. The default partition has rows only for days that
-- nobody prepared: it becomes the partition of those days.
create function quorate.prepare_history(days integer) returns void language plpgsql set lock_timeout = '100ms' as $$
declare
  today date := (now() at time zone 'utc')::date;
  day date;
  name text;
  stray record;
begin
  if not pg_try_advisory_xact_lock(hashtext('quorate.prepare_history')) then
    return;
  end if;
  if exists (select 1 from quorate.history_default) then
    select (min(d.at) at time zone 'utc')::date as first, (max(d.at) at time zone 'utc')::date as last into stray
      from quorate.history_default d;
    name := 'history_' || to_char(stray.first, 'YYYYMMDD');
    begin
      alter table quorate.history detach partition quorate.history_default;
      execute format('alter table quorate.history_default rename to %I', name);
      execute format('alter table quorate.history attach partition quorate.%I for values from (%L) to (%L)', name,
                     stray.first::timestamp at time zone 'utc', (stray.last + 1)::timestamp at time zone 'utc');
      create table quorate.history_default partition of quorate.history default;
      perform quorate.seal_history('quorate.history_default');
    exception when lock_not_available or invalid_object_definition or duplicate_table then
      null;
    end;
  end if;
  for day in select d::date from generate_series(today, today + days, interval '1 day') d loop
    if not exists (select 1 from quorate.history_partition p
                    where p.since < (day + 1)::timestamp at time zone 'utc'
                      and p.until > day::timestamp at time zone 'utc') then
      name := 'history_' || to_char(day, 'YYYYMMDD');
      begin
        execute format('create table quorate.%I (like quorate.history including defaults including constraints)', name);
        perform quorate.seal_history(format('quorate.%I', name)::regclass);
        execute format('alter table quorate.history attach partition quorate.%I for values from (%L) to (%L)', name,
                       day::timestamp at time zone 'utc', (day + 1)::timestamp at time zone 'utc');
      exception when lock_not_available or check_violation then
        return;
      end;
    end if;
  end loop;
end $$;

-- Drops the days that are older, at most 31 per call and never a day that is not over. It also deletes their ticks, but
-- each scheduler keeps its latest timed tick, from which its next one is computed. Returns the number of dropped
-- partitions. Lock: ACCESS EXCLUSIVE on the history, once a day; it waits at most for the lock timeout.
create function quorate.forget_history(days integer) returns integer language plpgsql set lock_timeout = '100ms' as $$
declare
  cutoff timestamptz := ((now() at time zone 'utc')::date - days)::timestamp at time zone 'utc';
  old record;
  dropped integer := 0;
begin
  if days < 1 then
    raise exception 'the history is kept for a day at least' using errcode = 'invalid_parameter_value';
  end if;
  for old in select p.name from quorate.history_partition p where p.until <= cutoff order by p.until limit 31 loop
    begin
      execute format('drop table quorate.%I', old.name);
      dropped := dropped + 1;
    exception when lock_not_available then
      exit;
    end;
  end loop;
  if dropped > 0 then
    delete from quorate.tick t
     where t.committed_at < (select min(p.since) from quorate.history_partition p) - interval '1 day'
       and (t.occasion not like 'at %'
            or exists (select 1 from quorate.tick n
                        where n.schedulerid = t.schedulerid and n.occasion like 'at %' and n.tick_at > t.tick_at));
  end if;
  return dropped;
end $$;

select quorate.prepare_history(14);
