-- The first waiting buildrequest of each builder for which one of this master's workers is attached and idle. If the
-- caller finds the same one twice, it may wake the buildmaster. A hint, no lock.
select p.id
  from (select distinct o.builderid
          from builder_masters o
          join configured_workers f on f.buildermasterid = o.id
          join connected_workers w on w.workerid = f.workerid and w.masterid = o.masterid
         where o.masterid = :masterid
           and not exists (select 1 from builds b
                            where b.masterid = o.masterid and b.complete_at is null and b.workerid = w.workerid)) idle
 cross join lateral (
   select r.id from buildrequests r
    where r.builderid = idle.builderid and r.complete = 0
      and not exists (select 1 from buildrequest_claims c where c.brid = r.id)
    order by -r.priority, r.submitted_at, r.id
    limit 1) p
 order by p.id
