-- The guard's row triggers that skip a fenced master's writes, and a master's writes to the rows of another. Functions
-- only; V14 creates the triggers.
-- Locks: none on an existing table.

-- A build that the housekeeper ended keeps its result. Updates of another master's builds, and all updates by a fenced
-- master, are skipped.
create function quorate.keep_build() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('quorate.trusted', true) = 'no'
     or quorate.is_anothers(old.masterid)
     or (old.complete_at is not null and new.results is distinct from old.results) then
    return null;
  end if;
  return new;
end $$;

-- Stock masters mark each other as inactive after ten minutes by their wall clocks. They must not do that to a master
-- that has an agent.
create function quorate.keep_master() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('quorate.trusted', true) = 'no' or quorate.is_anothers(old.id) then
    return null;
  end if;
  return new;
end $$;

create function quorate.keep_attachment() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('quorate.trusted', true) = 'no' or quorate.is_anothers(old.masterid) then
    return null;
  end if;
  return old;
end $$;

create function quorate.keep_configured_worker() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('quorate.trusted', true) = 'no'
     or exists (select 1 from builder_masters b
                 where b.id = old.buildermasterid and quorate.is_anothers(b.masterid)) then
    return null;
  end if;
  return old;
end $$;

create function quorate.keep_state() returns trigger language plpgsql as $$
begin
  return case when current_setting('quorate.trusted', true) = 'no' then null else new end;
end $$;
