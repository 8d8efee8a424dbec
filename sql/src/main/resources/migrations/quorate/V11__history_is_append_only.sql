-- I9: the history is append-only for everybody. A row trigger has refused UPDATE and DELETE since the first version; now each
-- partition refuses TRUNCATE too, also where it is named itself, and nobody has the right to any of the three, the owner included,
-- until somebody grants it. What is left is to drop whole days that have gone by (quorate.forget_history).
-- Locks: SHARE ROW EXCLUSIVE on quorate.history with all its days, for an instant: whoever claims or completes waits.

create or replace function quorate.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'quorate.history is append-only: % was refused', lower(tg_op) using errcode = 'insufficient_privilege',
    hint = 'old days are dropped as a whole after history.retention_days';
end $$;

-- A partition, or the history itself. Row triggers come with the partitioned table, this one and the rights do not.
create function quorate.seal_history(part regclass) returns void language plpgsql as $$
begin
  execute format('create trigger append_only_as_a_whole before truncate on %s for each statement execute function quorate.refuse_change()', part);
  execute format('revoke update, delete, truncate on %s from public, %I', part,
                 (select pg_get_userbyid(c.relowner) from pg_class c where c.oid = part));
end $$;

lock table quorate.history in share row exclusive mode;
select quorate.seal_history(p.relid) from pg_partition_tree('quorate.history') p;

-- As before, and seals what it makes.
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
      perform quorate.seal_history('quorate.history_default');
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
        perform quorate.seal_history(format('quorate.%I', name)::regclass);
        execute format('alter table quorate.history attach partition quorate.%I for values from (%L) to (%L)', name,
                       day::timestamp at time zone 'utc', (day + 1)::timestamp at time zone 'utc');
      exception when lock_not_available or check_violation then
        return;
      end;
    end if;
  end loop;
end $$;

-- As before, and never a day that has not gone by.
create or replace function quorate.forget_history(days integer) returns integer language plpgsql set lock_timeout = '100ms' as $$
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
