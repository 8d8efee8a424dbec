-- Completes the buildsets of these buildrequests if all their buildrequests are complete. The caller runs it after the
-- commit that completed the buildrequests: if two agents complete the last two at the same time, the later one sees
-- both. The result is the worst one, as Buildbot computes it. Lock: the rows of the buildsets. A row that is locked is
-- skipped: another finisher has it, or any other session, and then buildsets/finish_stragglers finishes it.
with finished as (
  update buildsets b
     set complete = 1, complete_at = extract(epoch from now())::integer,
         results = case when exists (select 1 from buildrequests r
                                      where r.buildsetid = b.id and r.results not in (0, 1)) then 2 else 0 end
   where b.id in (
     select f.id from buildsets f
      where f.id in (select r.buildsetid from buildrequests r where r.id = any(:brids::integer[]))
        and f.complete = 0
        and not exists (select 1 from buildrequests r where r.buildsetid = f.id and r.complete = 0)
      order by f.id for no key update of f skip locked)
  returning b.id)
select f.id, pg_notify('quorate_buildset', f.id::text) is null as woken,
       quorate.publish('buildsets', f.id, 'complete') is null as published
  from finished f
