-- Every stock master with what it holds in Buildbot's own tables, and the evidence of whether it is alive. A session
-- can be attributed to a master only if its db_url sets an application_name, or if the server resolves host names. No
-- lock.
select m.id as masterid, m.name, m.active <> 0 as active, to_timestamp(m.last_active) as last_active_at,
       m.active = 0 or m.last_active < extract(epoch from now()) - :older_than_seconds as dead,
       (select count(*) from pg_stat_activity a
         where a.datname = current_database()
           and (a.application_name in (left(m.name, 63), split_part(m.name, ':', 1))
                or a.client_hostname = split_part(m.name, ':', 1))) as sessions,
       coalesce(cardinality(c.requests), 0) as claims, c.oldest_claim_at,
       (select count(*) from builds b where b.masterid = m.id and b.complete_at is null) as builds,
       (select coalesce(array_agg(s.name order by s.name), '{}')
          from scheduler_masters o join schedulers s on s.id = o.schedulerid where o.masterid = m.id) as schedulers,
       (select coalesce(array_agg(s.name order by s.name), '{}')
          from changesource_masters o join changesources s on s.id = o.changesourceid
         where o.masterid = m.id) as change_sources,
       coalesce(c.requests, '{}') as requests
  from masters m
  left join lateral (
    select array_agg(r.id order by r.id) as requests, to_timestamp(min(k.claimed_at)) as oldest_claim_at
      from buildrequest_claims k join buildrequests r on r.id = k.brid
     where k.masterid = m.id and r.complete = 0) c on true
 order by m.name
