-- Housekeeping (I4): completes those claims of the master that an operator wanted to cancel, as CANCELLED (6) and in
-- the operator's name: nobody runs them any more, and they must not be built again. It runs before
-- masters/release_claims; the caller holds the master's row for update. It locks everything that the master holds, and
-- everything that its builds wait for, in order of id, as release_claims does. A buildrequest that another session has
-- locked keeps its cancellation: release_claims returns it to the queue, and its next holder is asked to cancel it.
with concerned as (
  select c.brid as id from buildrequest_claims c join buildrequests r on r.id = c.brid
   where c.masterid = :masterid and r.complete = 0
  union
  select c.brid from quorate.claim c where c.masterid = :masterid
  union
  select r.id from builds b join buildsets s on s.parent_buildid = b.id join buildrequests r on r.buildsetid = s.id
   where b.masterid = :masterid and b.complete_at is null and s.complete = 0 and r.complete = 0 and r.waited_for = 1),
held as (
  select r.id from buildrequests r
   where r.id in (select n.id from concerned n) and r.complete = 0
   order by r.id for update of r skip locked),
mine as (
  delete from quorate.claim c using held h, quorate.cancellation x
   where c.brid = h.id and x.brid = h.id and c.masterid = :masterid
  returning c.brid, c.epoch, c.attempt, x.actor, x.why),
unclaimed as (
  delete from buildrequest_claims c using mine m where c.brid = m.brid and c.masterid = :masterid),
wished as (
  delete from quorate.cancellation x using mine m where x.brid = m.brid),
done as (
  update buildrequests r set complete = 1, results = 6, complete_at = extract(epoch from now())::integer
    from mine m where r.id = m.brid),
noted as (
  insert into quorate.history (kind, brid, masterid, epoch, attempt, leader_epoch, results, actor, why)
  select s.kind, s.brid, s.masterid, s.epoch, s.attempt, :leader_epoch, s.results, s.actor, s.why
    from (select 1 as step, 'release' as kind, m.brid, :masterid::integer as masterid, m.epoch, m.attempt,
                 null::smallint as results, :actor::text as actor, :why::text as why from mine m
          union all
          select 2, 'cancel', m.brid, null, null, null, 6, m.actor, m.why from mine m) s
   order by s.brid, s.step)
select m.brid, quorate.publish('buildrequests', m.brid, 'complete') is null as published from mine m
