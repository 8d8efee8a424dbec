-- What this authority holds. The caller holds the master's row for update, so nothing of it is still on its way (I3).
select c.brid, c.attempt, r.builderid, b.name as builder, r.buildsetid, r.priority, r.submitted_at,
       (select jsonb_object_agg(s.property_name, s.property_value::jsonb -> 0)
          from buildset_properties s where s.buildsetid = r.buildsetid)::text as properties
  from quorate.claim c join buildrequests r on r.id = c.brid join builders b on b.id = r.builderid
 where c.masterid = :masterid and c.epoch = :epoch
 order by c.brid
