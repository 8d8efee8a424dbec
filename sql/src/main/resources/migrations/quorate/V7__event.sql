-- The messages between buildmasters.
-- Locks: none on an existing table.

-- The messages that one master's buildmaster sends to the others from its message queue, in batches. An agent writes
-- its master's rows one after the other, so that for each master the order of seq is the order of the commits. The rows
-- of masterid 0 report what Quorate itself changed. The type is json, not jsonb, so that a message keeps every digit.
-- The attempt finds a batch again after a commit whose outcome is unknown.
create table quorate.event (
  seq bigint generated always as identity primary key,
  masterid integer not null,
  at timestamptz not null default clock_timestamp(),
  events json not null,
  attempt uuid
) with (autovacuum_vacuum_scale_factor = 0.01);
create index event_at on quorate.event (at);
create index event_masterid on quorate.event (masterid, seq);
comment on table quorate.event is
  'For each masterid seq is the order of the commits: a reader that has read up to a seq has missed nothing before '
  'it. Rows are kept for an hour.';
comment on column quorate.event.events is
  'A list of {"keys": [routing key, …], "message": …}. If the message is missing, the reader takes it from '
  'Buildbot''s tables.';

-- Any session may write the rows of masterid 0. Such a row gets its final seq at the commit, under a lock that is used
-- for nothing else and is the last one that a transaction takes; so an open transaction delays no other. The trigger
-- runs at the commit, when none of Quorate's SECURITY DEFINER functions is active any more; so it runs with its owner's
-- rights.
create function quorate.number_event() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtext('quorate.event'));
  update quorate.event set seq = default where seq = new.seq;
  return null;
end $$;
create constraint trigger quorate_number after insert on quorate.event deferrable initially deferred
  for each row when (new.masterid = 0) execute function quorate.number_event();

-- Reports that rows of Buildbot's tables changed without their buildmaster, for example ('buildsets', 5, 'complete'). A
-- database with the standalone tables has no buildmaster that listens, so there nothing is written.
create function quorate.publish(kind text, id integer, event text) returns void language sql as $$
  insert into quorate.event (masterid, events)
  select 0, json_build_array(json_build_object('keys', json_build_array(json_build_array(kind, id::text, event))))
   where to_regclass('quorate.flyway_standalone') is null;
  select pg_notify('quorate_event', '0') where to_regclass('quorate.flyway_standalone') is null;
$$;
