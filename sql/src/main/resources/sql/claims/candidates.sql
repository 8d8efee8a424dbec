-- Returns what claims/take would pick now, with the same conditions and in the same order: for a buildmaster that
-- chooses among them itself, and to find the buildrequest for which claims/take fails. No lock: another master may
-- claim them meanwhile.
with wanted as (
  select w.builderid, w.slots, w.negated_priority, w.submitted_at, w.brid
    from unnest(:builderids::integer[], :slots::integer[], :negated_priorities::integer[], :submitted_ats::integer[],
                :floor_brids::integer[]) as w(builderid, slots, negated_priority, submitted_at, brid)
   where not (exists (select 1 from quorate.hold) and quorate.is_held(w.builderid, null)))
select p.id as brid, p.builderid, p.priority
  from wanted w cross join lateral (
    select r.id, r.builderid, r.priority, r.submitted_at
      from buildrequests r
     where r.builderid = w.builderid and r.complete = 0
       and (-r.priority, r.submitted_at, r.id) >= (w.negated_priority, w.submitted_at, w.brid)
       and not exists (select 1 from buildrequest_claims c where c.brid = r.id)
       and not exists (select 1 from quorate.claim q where q.brid = r.id)
       and r.id <> all(:passed_over::integer[])
     order by -r.priority, r.submitted_at, r.id
     limit w.slots) p
 order by -p.priority, p.submitted_at, p.id
 limit :limit
