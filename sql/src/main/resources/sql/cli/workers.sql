-- Buildbot's workers: where each is connected, what it may build, and what it builds. Connections to a master that is
-- gone (stock Buildbot leaves them), and builds of a request that is complete, do not count. The query starts at the
-- open requests, since they are few and builds are many. No lock.
with running as (
  select d.workerid, count(*) as builds
    from buildrequests r join builds d on d.buildrequestid = r.id
   where r.complete = 0 and d.complete_at is null
   group by d.workerid)
select w.name,
       (select coalesce(array_agg(m.name order by m.name), '{}')
          from connected_workers c join masters m on m.id = c.masterid
         where c.workerid = w.id and m.active = 1) as masters,
       w.paused <> 0 as paused,
       w.graceful <> 0 as graceful,
       coalesce(g.builds, 0) as running,
       (select coalesce(array_agg(distinct b.name order by b.name), '{}')
          from configured_workers f
          join builder_masters o on o.id = f.buildermasterid
          join builders b on b.id = o.builderid
         where f.workerid = w.id) as builders,
       w.id as workerid
  from workers w
  left join running g on g.workerid = w.id
 where :all::boolean
    or exists (select 1 from connected_workers c where c.workerid = w.id)
    or exists (select 1 from configured_workers f where f.workerid = w.id)
 order by w.name
