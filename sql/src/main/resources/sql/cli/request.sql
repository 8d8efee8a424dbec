-- Everything about one buildrequest. A property that is not JSON is shown as Buildbot stored it. No lock.
select r.id, r.builder, r.state, r.owner, r.epoch, r.attempt, r.priority, r.submitted_at, r.claimed_at, r.complete_at,
       r.results, r.buildsetid, r.reason, r.scheduler, r.cancelling,
       (select jsonb_object_agg(p.property_name,
                                coalesce(quorate.value_of(p.property_value), to_jsonb(p.property_value)))
          from buildset_properties p where p.buildsetid = r.buildsetid) as properties
  from quorate_v1.requests r
 where r.id = :id
