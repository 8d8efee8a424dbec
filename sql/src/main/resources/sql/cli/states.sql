-- The states and results of these buildrequests, for waiting. No lock.
select r.id, r.builder, r.state, r.owner, r.results, r.priority from quorate_v1.requests r
 where r.id = any(:ids::integer[]) order by r.id
