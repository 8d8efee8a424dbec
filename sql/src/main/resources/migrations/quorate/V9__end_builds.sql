-- Ends the builds that a dead master left in Buildbot's tables, in the transaction that releases its claims.
-- Locks: none on an existing table.

-- I5: the builds end with the result RETRY, with their steps and logs, so that none of them seems to be running. A
-- buildrequest that one of these builds waited for (Trigger with waitForFinish) has nobody to report to, and its parent
-- will create it again: an unclaimed one is cancelled, the holder of a claimed one is asked to cancel it. The caller
-- holds the master's row for update, has released its claims, and has locked these buildrequests in order of id.
-- Returns the ids of the buildrequests that it completed. It waits for no other session's lock. A build that is locked,
-- or that waits for a locked buildrequest, stays as it is until the housekeeper calls this function again.
create function quorate.end_builds(victim integer, leader_epoch bigint, actor text, why text)
returns setof integer language plpgsql set search_path = public, pg_temp as $$
declare
  this_second integer := extract(epoch from now())::integer;
  ended integer[];
  orphans integer[];
  cancelled integer[];
begin
  select array_agg(b.id) into ended
    from (select o.id from builds o where o.masterid = victim and o.complete_at is null
           order by o.id for update of o skip locked) b;
  if ended is null then
    return;
  end if;
  select array_agg(o.id) into orphans
    from (select r.id from buildsets s join buildrequests r on r.buildsetid = s.id
           where s.parent_buildid = any(ended) and s.complete = 0 and r.complete = 0 and r.waited_for = 1
           order by r.id for update of r skip locked) o;
  select array_agg(e) into ended
    from unnest(ended) e
   where not exists (select 1 from buildsets s join buildrequests r on r.buildsetid = s.id
                      where s.parent_buildid = e and s.complete = 0 and r.complete = 0 and r.waited_for = 1
                        and r.id <> all(coalesce(orphans, '{}')));
  if ended is null then
    return;
  end if;
  update builds b set results = 5, complete_at = this_second, state_string = 'retry, its master is gone'
   where b.id = any(ended);
  -- the standalone tables have neither steps nor logs
  if to_regclass('public.steps') is not null and to_regclass('public.logs') is not null then
    update logs l set complete = 1
     where l.id in (select f.id from logs f join steps s on s.id = f.stepid
                     where s.buildid = any(ended) and s.results is null and f.complete = 0
                       for update of f skip locked);
    update steps s set results = 5, complete_at = this_second, hidden = 0
     where s.id in (select f.id from steps f where f.buildid = any(ended) and f.results is null
                       for update of f skip locked);
  end if;
  -- a build that stays keeps what it waits for
  select array_agg(r.id) into orphans
    from buildsets s join buildrequests r on r.buildsetid = s.id
   where s.parent_buildid = any(ended) and r.id = any(orphans);
  with done as (
    update buildrequests r set complete = 1, results = 6, complete_at = this_second
      from buildsets s
     where r.id = any(orphans) and s.id = r.buildsetid and r.complete = 0
       and not exists (select 1 from buildrequest_claims c where c.brid = r.id)
    returning r.id, s.parent_buildid),
  noted as (
    insert into quorate.history (kind, brid, leader_epoch, results, actor, why)
    select 'cancel', d.id, end_builds.leader_epoch, 6, end_builds.actor,
           format('build %s, which waited for it, runs again: %s', d.parent_buildid, end_builds.why)
      from done d
    returning brid)
  select array_agg(n.brid order by n.brid) into cancelled from noted n;
  with asked as (
    insert into quorate.cancellation as x (brid, actor, why)
    select r.id, end_builds.actor,
           format('build %s, which waited for it, runs again: %s', s.parent_buildid, end_builds.why)
      from buildrequests r join buildsets s on s.id = r.buildsetid join quorate.claim c on c.brid = r.id
     where r.id = any(orphans) and r.complete = 0
    on conflict (brid) do nothing
    returning x.brid, x.why)
  insert into quorate.history (kind, brid, masterid, epoch, attempt, leader_epoch, actor, why)
  select 'cancel', c.brid, c.masterid, c.epoch, c.attempt, end_builds.leader_epoch, end_builds.actor, a.why
    from asked a join quorate.claim c on c.brid = a.brid;
  if found then
    perform pg_notify('quorate_control', 'cancel');
  end if;
  insert into quorate.event (masterid, events)
  select 0, jsonb_agg(jsonb_build_object('keys', jsonb_build_array(jsonb_build_array(t.kind, t.id::text, t.event))))
    from (select 'builds' as kind, id, 'finished' as event from unnest(ended) id
          union all
          select 'buildrequests', id, 'complete' from unnest(cancelled) id) t;
  perform pg_notify('quorate_event', '0');
  return query select unnest(cancelled);
end $$;
