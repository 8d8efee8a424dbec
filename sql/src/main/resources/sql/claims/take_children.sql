-- T2 (I1) of a drained master, and of every master during a hold: claims buildrequests for which its own running builds
-- wait, if no master that is open offers their builder; a hold closes a builder or a master, unless the master has no
-- plugin. Without these claims those builds would not end, nor would the drain. It picks few rows by index, so it needs
-- no low-water mark. Locks and conditions are those of claims/take. The caller holds the fence.
with wanted as (
  select w.builderid, w.slots
    from unnest(:builderids::integer[], :slots::integer[], :negated_priorities::integer[], :submitted_ats::integer[],
                :floor_brids::integer[]) as w(builderid, slots, negated_priority, submitted_at, brid)),
picked as (
  select p.id, p.builderid, p.buildsetid, p.priority, p.submitted_at
    from wanted w cross join lateral (
      select r.id, r.builderid, r.buildsetid, r.priority, r.submitted_at
        from builds parent
        join buildsets s on s.parent_buildid = parent.id
        join buildrequests r on r.buildsetid = s.id
       where parent.masterid = :masterid and parent.complete_at is null
         and r.builderid = w.builderid and r.complete = 0 and r.waited_for = 1
         and not exists (select 1 from buildrequest_claims c where c.brid = r.id)
         and not exists (select 1 from quorate.claim q where q.brid = r.id)
         and not exists (
           select 1 from builder_masters o join quorate.master m on m.masterid = o.masterid
            where o.builderid = r.builderid and m.state = 'active' and not m.draining
              and (m.stock or not quorate.is_held(o.builderid, m.masterid)))
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
