-- Buildrequests: first the open ones in the order in which they would be claimed, then the newest of the completed
-- ones. No lock.
select r.id, r.builder, r.state, r.owner, r.epoch, r.attempt, r.priority, r.submitted_at, r.claimed_at, r.complete_at,
       r.results, r.buildsetid, r.reason, r.scheduler, r.cancelling
  from quorate_v1.requests r
 where (:state::text is null or r.state = :state::text)
   and (:builder::text is null or r.builder = :builder::text)
   and (:owner::text is null or r.owner = :owner::text)
 order by r.state = 'complete', case when r.state = 'complete' then -r.id end, -r.priority, r.submitted_at, r.id
 limit :limit
