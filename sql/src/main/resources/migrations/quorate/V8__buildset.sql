-- New buildsets, and the notification of the agents about new buildrequests.
-- Locks: SHARE ROW EXCLUSIVE on buildrequests, which gets a trigger, for an instant.

-- Returns the sourcestamp of this description, and creates it if it is new. Buildbot computes the hash with sha1; it
-- requires only that the hash is unique.
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

-- Creates a buildset with one buildrequest per builder, as Buildbot's addBuildset does. Without the sourcestamp a real
-- Buildbot would not see the buildrequests.
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

-- Wakes the agents. The notification is a hint: agents also poll every few seconds.
create function quorate.wake_for_new_requests() returns trigger language plpgsql as $$
begin
  perform pg_notify('quorate_work', builderid::text) from (select distinct builderid from added) b;
  return null;
end $$;
create trigger quorate_wake after insert on buildrequests
  referencing new table as added for each statement execute function quorate.wake_for_new_requests();
