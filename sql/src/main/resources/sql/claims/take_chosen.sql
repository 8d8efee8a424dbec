-- T2 (I1): claims the buildrequests that the buildmaster has chosen, each if it is still pending for that builder; the
-- others are passed over. Locks, conflicts, conditions, holds and properties as in claims/take. The caller holds the
-- fence.
with picked as (
  select r.id, r.builderid, r.buildsetid, r.priority, r.submitted_at
    from unnest(:brids::integer[], :builderids::integer[]) as w(brid, builderid)
    join buildrequests r on r.id = w.brid and r.builderid = w.builderid
   where r.complete = 0 and not (exists (select 1 from quorate.hold) and quorate.is_held(w.builderid, :masterid))
     and not exists (select 1 from buildrequest_claims c where c.brid = r.id)
     and not exists (select 1 from quorate.claim q where q.brid = r.id)
     and r.id <> all(:passed_over::integer[])
   order by r.id
     for update of r skip locked),
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
