-- Explains why a buildrequest does not start. The checks are those of claims/take.sql, in the same order; a condition
-- that is added there is added here.
-- Locks: none on an existing table; a call takes none.

-- Returns a span of seconds in words, as the command prints it.
create function quorate.span(seconds double precision) returns text language sql immutable as $$
  select case when seconds < 60 then greatest(0, floor(seconds)) || ' s'
              when seconds < 7200 then floor(seconds / 60) || ' min'
              when seconds < 172800 then floor(seconds / 3600) || ' h'
              else floor(seconds / 86400) || ' days' end
$$;

-- The workers that the open masters have for a builder. A worker can build if it is connected to one of these masters,
-- not paused, and not to shut down. Buildbot does not record when a worker was last connected; so the age of its last
-- build stands for it. The builds of open requests are found first, since they are few and builds are many.
create function quorate.builder_workers(builder integer)
returns table (name text, state text, said text) language sql stable set search_path = public, pg_temp as $$
  with mine as (
    select f.workerid, bool_or(c.workerid is not null) as connected
      from builder_masters o
      join quorate.master m on m.masterid = o.masterid and m.state = 'active' and not m.draining
      join configured_workers f on f.buildermasterid = o.id
      left join connected_workers c on c.workerid = f.workerid and c.masterid = o.masterid
     where o.builderid = builder_workers.builder
     group by f.workerid),
  running as (
    select d.workerid, min(d.started_at) as since, count(*) as builds,
           (array_agg(b.name || ' #' || d.number order by d.started_at))[1] as build
      from buildrequests r
      join builds d on d.buildrequestid = r.id and d.complete_at is null
      join builders b on b.id = d.builderid
     where r.complete = 0 and d.workerid in (select n.workerid from mine n)
     group by d.workerid)
  select w.name::text, k.state,
         w.name || ' ' || case k.state
           when 'absent' then 'absent, ' || coalesce(
             (select 'last build '
                     || quorate.span(extract(epoch from now()) - max(coalesce(d.complete_at, d.started_at)))
                     || ' ago' from builds d where d.workerid = w.id having count(*) > 0), 'has never built')
           when 'busy' then 'busy with ' || g.build || ' for ' || quorate.span(extract(epoch from now()) - g.since)
                            || case when g.builds > 1 then ' and ' || g.builds - 1 || ' more' else '' end
           else k.state end
    from mine n
    join workers w on w.id = n.workerid
    left join running g on g.workerid = w.id
   cross join lateral (
     select case when not n.connected then 'absent' when w.paused <> 0 then 'paused'
                 when w.graceful <> 0 then 'shutting down' when g.workerid is not null then 'busy'
                 else 'idle' end as state) k
$$;

-- Returns the check of a builder's workers; no row if the builder has none, as the shell buildmaster's. It fails if no
-- worker can build, and only informs if each that can is busy: Buildbot lets a worker run several builds.
create function quorate.explain_workers(builder integer)
returns table (check_name text, passes boolean, detail text, remedy text)
language sql stable set search_path = public, pg_temp as $$
  select 'worker connected',
         case when n.idle > 0 then true when n.busy > 0 then null else false end,
         format('%s of %s workers free: ', n.idle, n.known) || array_to_string(n.said[:4], '; ')
           || case when n.known > 4 then format('; and %s more', n.known - 4) else '' end,
         case when n.idle = 0 and n.busy > 0 then 'wait for a worker to be free, or add one'
              when n.idle = 0 then 'connect a worker of it'
                || case when n.paused > 0 then ', or unpause one in Buildbot''s page' else '' end end
    from (select count(*) filter (where w.state = 'idle') as idle, count(*) filter (where w.state = 'busy') as busy,
                 count(*) filter (where w.state = 'paused') as paused, count(*) as known,
                 array_agg(w.said order by w.state = 'idle', w.state = 'busy', w.name) as said
            from quorate.builder_workers(explain_workers.builder) w) n
   where n.known > 0
$$;

-- Returns the pending buildrequests of other builders that come before this one, on the same workers; if its builder
-- has none, on the same masters. One row per builder.
create function quorate.before_on_the_same_workers(request integer)
returns table (builder text, requests bigint) language sql stable set search_path = public, pg_temp as $$
  with mine as (
    select o.masterid, f.workerid
      from buildrequests q
      join builder_masters o on o.builderid = q.builderid
      join quorate.master m on m.masterid = o.masterid and m.state = 'active'
      left join configured_workers f on f.buildermasterid = o.id
     where q.id = before_on_the_same_workers.request),
  neighbours as (
    select distinct o.builderid
      from builder_masters o
      join mine on mine.masterid = o.masterid
      left join configured_workers f on f.buildermasterid = o.id
     where mine.workerid is null or f.workerid = mine.workerid)
  select b.name::text, count(*)
    from buildrequests q
    join neighbours n on n.builderid <> q.builderid
    join buildrequests p on p.builderid = n.builderid and p.complete = 0
     and (-p.priority, p.submitted_at, p.id) < (-q.priority, q.submitted_at, q.id)
     and not exists (select 1 from buildrequest_claims c where c.brid = p.id)
    join builders b on b.id = n.builderid
   where q.id = before_on_the_same_workers.request
   group by b.name
$$;

-- Returns the check of a buildrequest that is claimed and given back again and again; no row if it was not given back
-- within the last minute. It fails from six times on, as in the view given_back. A failover gives back once.
create function quorate.explain_releases(request integer)
returns table (check_name text, passes boolean, detail text, remedy text)
language sql stable set search_path = public, pg_temp as $$
  select 'stays claimed', v.times < 6,
         format('claimed and given back %s times in the last minute, last by %s: %s', v.times,
                coalesce(v.master, 'a master'), coalesce(v.why, 'no reason')),
         case when v.times >= 6
              then format('read the log of %s: its buildmaster takes what it cannot build',
                          coalesce(v.master, 'that master')) end
    from (select count(*) as times, (array_agg(m.name order by h.seq desc))[1] as master,
                 (array_agg(h.why order by h.seq desc))[1] as why
            from quorate.history h left join masters m on m.id = h.masterid
           where h.brid = explain_releases.request and h.kind = 'release' and h.at > now() - interval '1 minute') v
   where v.times > 0
$$;

create function quorate_v1.explain(request integer)
returns table (check_name text, passes boolean, detail text, remedy text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  r record;
  living text[];
  open text[];
  place bigint;
  behind bigint;
  others bigint;
  most text;
begin
  select * into r from quorate_v1.requests q where q.id = explain.request;
  if not found then
    raise exception 'no buildrequest %', explain.request using errcode = 'no_data_found',
      hint = 'list them with select * from quorate_v1.requests';
  end if;
  return query select 'incomplete', r.state <> 'complete',
    case when r.state = 'complete' then 'completed ' || coalesce(r.results, 'without a result') else 'not complete' end,
    case when r.state = 'complete' then 'submit a new one' end;
  if r.state = 'complete' then
    return;
  end if;
  return query select 'unclaimed', r.state <> 'claimed',
    case when r.state = 'claimed' then 'claimed by ' || coalesce(r.owner, 'a master that is gone')
              || coalesce(' in epoch ' || r.epoch, ', which has no agent') else 'nobody holds it' end,
    case when r.state = 'claimed' then 'nothing: it is being built' end;
  return query select 'not set aside', false,
    format('the database failed for it %s times, last for %s: %s',
           a.failures, coalesce(a.master, 'a master'), a.reason),
    format('mend the cause, or cancel it; it is tried again in %s s',
           greatest(0, ceil(extract(epoch from a.again_at - clock_timestamp()))))
    from quorate_v1.set_aside a where a.request = explain.request;
  if r.cancelling then
    return query select 'not cancelled', false, 'its holder was asked to cancel it', 'submit a new one';
  end if;
  return query select 'not held', false,
    concat_ws(' ', h.kind, h.name) || ' is held by ' || h.actor
      || coalesce(' until ' || date_trunc('second', h.until), '') || ': ' || h.why,
    'lift the hold: quorate lift ' || concat_ws(' ', h.kind, h.name)
      || case when h.until is null then '' else ', or wait until it ends' end
    from quorate_v1.holds h
   where h.kind = 'everything' or h.kind = 'builder' and h.name = r.builder
   order by h.kind;
  select coalesce(array_agg(m.name order by m.name), '{}'),
         coalesce(array_agg(m.name order by m.name)
                    filter (where not m.draining
                                  and not exists (select 1 from quorate_v1.holds h
                                                   where h.kind = 'master' and h.name = m.name)), '{}')
    into living, open
    from builder_masters o join quorate.master m on m.masterid = o.masterid
   where o.builderid = r.builderid and m.state = 'active';
  return query select 'builder offered', cardinality(living) > 0,
    case when cardinality(living) > 0 then 'by ' || array_to_string(living, ', ')
         else 'no living master offers ' || r.builder
              || coalesce((select '; ' || string_agg(m.name || ': ' || m.trouble, '; ' order by m.name)
                             from quorate.master m where m.state = 'active' and m.trouble is not null), '') end,
    case when cardinality(living) = 0 then 'start a master that offers ' || r.builder end;
  if cardinality(living) > 0 then
    return query select 'master not drained', cardinality(open) > 0,
      case when cardinality(open) > 0 then 'open: ' || array_to_string(open, ', ')
           else 'draining or held: ' || array_to_string(living, ', ') end,
      case when cardinality(open) = 0 then 'undrain ' || array_to_string(living, ' or ')
             || case when exists (select 1 from quorate_v1.holds h where h.kind = 'master' and h.name = any(living))
                     then ', or lift its hold' else '' end end;
  end if;
  return query select * from quorate.explain_releases(explain.request);
  if r.state = 'pending' then
    return query select * from quorate.explain_workers(r.builderid);
    select count(*) filter (where (-p.priority, p.submitted_at, p.id)
                                  <= (-q.priority, q.submitted_at, q.id)), count(*)
      into place, behind
      from buildrequests q
      join buildrequests p on p.builderid = q.builderid and p.complete = 0
       and not exists (select 1 from buildrequest_claims c where c.brid = p.id)
     where q.id = explain.request;
    select sum(b.requests), (array_agg(b.builder order by b.requests desc, b.builder))[1]
      into others, most
      from quorate.before_on_the_same_workers(explain.request) b;
    return query select 'position', null::boolean,
      place || ' of ' || behind || ' pending of ' || r.builder
        || case when others > 0 then format('; %s of other builders come before it on the same %s, most of %s', others,
                                            case when exists (select 1 from quorate.builder_workers(r.builderid))
                                                 then 'workers' else 'masters' end, most)
                else '' end,
      case when place > 1 or others > 0 then 'reprioritize it above ' || r.priority end;
  end if;
end $$;
comment on function quorate_v1.explain is
  'sticker: every gate between a buildrequest and its start; passes is null if the row only informs. It would start '
  'when every gate passes and a master has a free slot. Workers are judged by what Buildbot''s tables say.';
