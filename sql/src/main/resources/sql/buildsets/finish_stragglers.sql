-- Housekeeping: completes the buildsets that an agent left incomplete because it died between a completion and
-- buildsets/finish, or because another session had locked its row. Lock: the rows of the buildsets; it skips those that
-- are locked.
with finished as (
  update buildsets b
     set complete = 1, complete_at = extract(epoch from now())::integer,
         results = case when exists (select 1 from buildrequests r
                                      where r.buildsetid = b.id and r.results not in (0, 1)) then 2 else 0 end
   where b.id in (
     select f.id from buildsets f
      where f.complete = 0
        and exists (select 1 from buildrequests r where r.buildsetid = f.id)
        and not exists (select 1 from buildrequests r where r.buildsetid = f.id and r.complete = 0)
      order by f.id for no key update of f skip locked)
  returning b.id)
select f.id, pg_notify('quorate_buildset', f.id::text) is null as woken,
       quorate.publish('buildsets', f.id, 'complete') is null as published
  from finished f
