-- T2 (I1): picks the first pending buildrequests at or above the low-water mark, per builder and in all, and claims
-- them. SKIP LOCKED keeps claimers out of each other's way. ON CONFLICT keeps the result correct: a row that another
-- master has just claimed can still be returned, and stock masters lock nothing. The caller holds the fence. Every
-- condition is inside the pick, before its limit. A buildrequest whose claim is in quorate.claim alone, because
-- somebody deleted Buildbot's row, is skipped; claims/restore inserts the row again. So is what is set aside.
-- A hold is asked for once per builder, in a snapshot that is later than the fence's lock; without any hold the
-- function is not called.
-- Properties are texts that others wrote, so no function that could fail is applied to them here. At most 128 KiB of
-- them are returned per buildrequest, the shortest first.
with wanted as (
  select w.builderid, w.slots, w.negated_priority, w.submitted_at, w.brid
    from unnest(:builderids::integer[], :slots::integer[], :negated_priorities::integer[], :submitted_ats::integer[],
                :floor_brids::integer[]) as w(builderid, slots, negated_priority, submitted_at, brid)
   where not (exists (select 1 from quorate.hold) and quorate.is_held(w.builderid, :masterid))),
picked as (
  select p.id, p.builderid, p.buildsetid, p.priority, p.submitted_at
    from wanted w cross join lateral (
      select r.id, r.builderid, r.buildsetid, r.priority, r.submitted_at
        from buildrequests r
       where r.builderid = w.builderid and r.complete = 0
         and (-r.priority, r.submitted_at, r.id) >= (w.negated_priority, w.submitted_at, w.brid)
         and not exists (select 1 from buildrequest_claims c where c.brid = r.id)
         and not exists (select 1 from quorate.claim q where q.brid = r.id)
         and r.id <> all(:passed_over::integer[])
       order by -r.priority, r.submitted_at, r.id
       limit w.slots
         for update of r skip locked) p
   order by -p.priority, p.submitted_at, p.id
   limit :limit),
claimed as (
  insert into buildrequest_claims (brid, masterid, claimed_at)
  select p.id, :masterid, extract(epoch from now())::integer from picked p
  on conflict (brid) do nothing
  returning brid),
mine as (
  insert into quorate.claim (brid, masterid, epoch, attempt)
  select c.brid, :masterid, :epoch, :attempt from claimed c),
noted as (
  insert into quorate.history (kind, brid, masterid, epoch, attempt, actor)
  select 'claim', c.brid, :masterid, :epoch, :attempt, :actor from claimed c)
select p.id as brid, p.builderid, b.name as builder, p.buildsetid, p.priority, p.submitted_at,
       s.property_names, s.property_values, s.properties_left_out
  from picked p join claimed c on c.brid = p.id join builders b on b.id = p.builderid
  cross join lateral (
    select array_agg(t.property_name) filter (where t.bytes <= 131072) as property_names,
           array_agg(t.property_value) filter (where t.bytes <= 131072) as property_values,
           count(*) filter (where t.bytes > 131072) as properties_left_out
      from (
        select n.property_name::text, n.property_value,
               sum(octet_length(n.property_name) + octet_length(n.property_value))
                 over (order by octet_length(n.property_value), n.property_name) as bytes
          from buildset_properties n where n.buildsetid = p.buildsetid) t) s
 order by -p.priority, p.submitted_at, p.id
