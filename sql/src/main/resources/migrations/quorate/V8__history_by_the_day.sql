-- The history's partitions come and go without holding up those who write it, and a dependent scheduler follows only what
-- its upstream did while it was there and enabled.
-- Locks: ACCESS EXCLUSIVE on quorate.scheduler, SHARE ROW EXCLUSIVE on schedulers, which gets a trigger, for an instant each.

-- The days that have a partition; all but the default one.
create view quorate.history_partition as
  select c.relname::text as name,
         (regexp_match(b.bound, 'FROM \(''([^'']+)''\)'))[1]::timestamptz as since,
         (regexp_match(b.bound, 'TO \(''([^'']+)''\)'))[1]::timestamptz as until
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
   cross join lateral (select pg_get_expr(c.relpartbound, c.oid) as bound) b
   where i.inhparent = 'quorate.history'::regclass and b.bound <> 'DEFAULT';

-- Makes the partitions of the days to come. A partition is made apart and attached, which disturbs neither who writes the
-- history nor who reads its days; only who reads the default partition is waited for, and not longer than the lock timeout:
-- then the next call tries again. Rows in the default partition are of days that nobody prepared: it becomes their partition.
create or replace function quorate.prepare_history(days integer) returns void language plpgsql set lock_timeout = '100ms' as $$
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
    exception when lock_not_available or invalid_object_definition or duplicate_table then
      null;
    end;
  end if;
  for day in select d::date from generate_series(today, today + days, interval '1 day') d loop
    if not exists (select 1 from quorate.history_partition p
                    where p.since < (day + 1)::timestamp at time zone 'utc' and p.until > day::timestamp at time zone 'utc') then
      name := 'history_' || to_char(day, 'YYYYMMDD');
      begin
        execute format('create table quorate.%I (like quorate.history including defaults including constraints)', name);
        execute format('alter table quorate.history attach partition quorate.%I for values from (%L) to (%L)', name,
                       day::timestamp at time zone 'utc', (day + 1)::timestamp at time zone 'utc');
      exception when lock_not_available or check_violation then
        return;
      end;
    end if;
  end loop;
end $$;

-- Drops the days of history that are older, a few in a call, and with them the ticks that they explained; but each
-- scheduler keeps its last tick by time, from which its next is computed. Answers how many partitions were dropped.
-- Lock: ACCESS EXCLUSIVE on the history, once a day, not waited for longer than the lock timeout.
create function quorate.forget_history(days integer) returns integer language plpgsql set lock_timeout = '100ms' as $$
declare
  cutoff timestamptz := ((now() at time zone 'utc')::date - days)::timestamp at time zone 'utc';
  old record;
  dropped integer := 0;
begin
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

-- I7: since when a scheduler has been there and enabled. What its upstream fired before is not followed.
alter table quorate.scheduler add column enabled_at timestamptz not null default '-infinity';
alter table quorate.scheduler alter column enabled_at set default clock_timestamp();

create function quorate.note_enabled() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update quorate.scheduler s set enabled_at = clock_timestamp() where s.schedulerid = new.id;
  return null;
end $$;
create trigger quorate_enabled after update of enabled on schedulers
  for each row when (old.enabled = 0 and new.enabled <> 0) execute function quorate.note_enabled();

create or replace function quorate.schema_version() returns integer language sql immutable as 'select 5';
