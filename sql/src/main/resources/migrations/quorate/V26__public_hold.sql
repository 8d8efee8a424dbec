-- Holds: named stops of a builder, a master or everything, by an operator who says why. They are rows of the database,
-- so they survive failovers and restarts, and end by themselves.
-- Locks: none on an existing table.

create table quorate.hold (
  kind text not null check (kind in ('builder', 'master', 'everything')),
  target integer not null,
  actor text not null,
  why text not null,
  since timestamptz not null default clock_timestamp(),
  until timestamptz,
  primary key (kind, target)
);
comment on column quorate.hold.target is 'The id of the builder or of the master; 0 for everything.';
comment on column quorate.hold.until is 'The hold has ended at this time; null: it lasts until it is lifted.';

-- True if nothing of this builder may be claimed, or nothing by this master. The claim asks once per builder of a turn,
-- not per buildrequest; the table is empty or has a few rows.
create function quorate.is_held(builderid integer, masterid integer) returns boolean language sql stable as $$
  select exists (
    select 1 from quorate.hold h
     where (h.until is null or h.until > now())
       and (h.kind = 'everything'
            or h.kind = 'builder' and h.target = is_held.builderid
            or h.kind = 'master' and h.target = is_held.masterid))
$$;

create view quorate_v1.holds as
select h.kind,
       coalesce(b.name, m.name) as name,
       h.actor,
       h.why,
       h.since,
       h.until
  from quorate.hold h
  left join builders b on h.kind = 'builder' and b.id = h.target
  left join quorate.master m on h.kind = 'master' and m.masterid = h.target
 where h.until is null or h.until > now();
comment on view quorate_v1.holds is
  'brass: one row per hold: kind is builder, master or everything; until null: it lasts until it is lifted.';

create function quorate.hold_target(kind text, name text)
returns integer language plpgsql stable set search_path = public, pg_temp as $$
declare
  id integer;
begin
  case hold_target.kind
    when 'everything' then return 0;
    when 'builder' then select b.id into id from builders b where b.name = hold_target.name;
    when 'master' then select m.masterid into id from quorate.master m where m.name = hold_target.name;
    else
      raise exception 'a hold is of a builder, a master or everything, not of %',
        quote_nullable(left(hold_target.kind, 80)) using errcode = 'invalid_parameter_value';
  end case;
  if id is null then
    raise exception 'no % %', hold_target.kind, quote_nullable(left(hold_target.name, 80))
      using errcode = 'no_data_found', hint = 'list them with select name from quorate_v1.' || hold_target.kind || 's';
  end if;
  return id;
end $$;

-- Wakes the agents: masters open and close again, and queues are looked at.
create function quorate.notify_of_holds() returns void language sql set search_path = public, pg_temp as $$
  select pg_notify('quorate_control', 'hold');
  select pg_notify('quorate_work', r.builderid::text)
    from (select distinct q.builderid from buildrequests q where q.complete = 0) r;
$$;

-- The call waits for the open turns of all masters, which hold their rows for share: no claim against the hold is
-- committed after the function returns. The claim of a later turn sees the hold, since its snapshot is later.
create function quorate_v1.hold(kind text, name text, why text, until timestamptz default null)
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
  id integer := quorate.hold_target(hold.kind, hold.name);
  before boolean;
begin
  if coalesce(trim(hold.why), '') = '' then
    raise exception 'a hold needs a reason' using errcode = 'invalid_parameter_value';
  elsif hold.until <= clock_timestamp() then
    raise exception 'the hold would have ended already: until is %', hold.until
      using errcode = 'invalid_parameter_value';
  end if;
  perform 1 from quorate.master m where m.state = 'active' order by m.masterid for no key update;
  delete from quorate.hold h where h.until <= now();
  before := exists (select 1 from quorate.hold h where h.kind = hold.kind and h.target = id);
  insert into quorate.hold as h (kind, target, actor, why, until)
  values (hold.kind, id, quorate.actor(), left(hold.why, 1000), hold.until)
  on conflict on constraint hold_pkey do update set actor = excluded.actor, why = excluded.why, until = excluded.until;
  insert into quorate.history (kind, masterid, actor, why)
  values ('hold', case when hold.kind = 'master' then id end, quorate.actor(),
          concat_ws(' ', hold.kind, nullif(hold.name, '')) || ': ' || left(hold.why, 1000)
            || coalesce(', until ' || date_trunc('second', hold.until), ''));
  perform quorate.notify_of_holds();
  return case when before then 'changed' else 'held' end;
end $$;
comment on function quorate_v1.hold is
  'brass: nothing new is claimed of the builder, by the master, or at all; running builds go on. A held master owns '
  'and ticks as a drained one does. Kind is builder, master or everything. Returns held, or changed if there was a '
  'hold.';

create function quorate_v1.lift(kind text, name text default null, why text default null)
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
  id integer := quorate.hold_target(lift.kind, lift.name);
begin
  delete from quorate.hold h where h.kind = lift.kind and h.target = id and (h.until is null or h.until > now());
  if not found then
    return 'unchanged';
  end if;
  insert into quorate.history (kind, masterid, actor, why)
  values ('lift', case when lift.kind = 'master' then id end, quorate.actor(),
          concat_ws(' ', lift.kind, nullif(lift.name, '')) || coalesce(': ' || left(lift.why, 1000), ''));
  perform quorate.notify_of_holds();
  return 'lifted';
end $$;
comment on function quorate_v1.lift is 'brass: ends a hold before its time; returns lifted or unchanged.';
