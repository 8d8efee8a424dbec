-- The claims of this authority. The caller holds the master's row for update, so no transaction of the authority can
-- still commit (I3). Properties as in claims/take.
select c.brid, c.attempt, r.builderid, b.name as builder, r.buildsetid, r.priority, r.submitted_at,
       s.property_names, s.property_values, s.properties_left_out
  from quorate.claim c join buildrequests r on r.id = c.brid join builders b on b.id = r.builderid
  cross join lateral (
    select array_agg(t.property_name) filter (where t.bytes <= 131072) as property_names,
           array_agg(t.property_value) filter (where t.bytes <= 131072) as property_values,
           count(*) filter (where t.bytes > 131072) as properties_left_out
      from (
        select n.property_name::text, n.property_value,
               sum(octet_length(n.property_name) + octet_length(n.property_value))
                 over (order by octet_length(n.property_value), n.property_name) as bytes
          from buildset_properties n where n.buildsetid = r.buildsetid) t) s
 where c.masterid = :masterid and c.epoch = :epoch
 order by c.brid
