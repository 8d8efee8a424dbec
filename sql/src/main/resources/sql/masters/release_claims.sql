-- Housekeeping (I5): returns everything that the master still holds to the queue. The caller holds the master's row for
-- update, so no open claim or completion of the master can be missed. Buildrequests are locked in order of id, as
-- everywhere: those that the master holds, even if Buildbot's row of the claim was deleted, and those that its builds
-- wait for, which masters/end_builds needs next.
with concerned as (
  select c.brid as id from buildrequest_claims c join buildrequests r on r.id = c.brid
   where c.masterid = :masterid and r.complete = 0
  union
  select c.brid from quorate.claim c where c.masterid = :masterid
  union
  select r.id from builds b join buildsets s on s.parent_buildid = b.id join buildrequests r on r.buildsetid = s.id
   where b.masterid = :masterid and b.complete_at is null and s.complete = 0 and r.complete = 0 and r.waited_for = 1),
locked as (
  select r.id, r.builderid from buildrequests r
   where r.id in (select n.id from concerned n) and r.complete = 0
   order by r.id for update of r),
unclaimed as (
  delete from buildrequest_claims c using locked l
   where c.brid = l.id and c.masterid = :masterid returning c.brid, l.builderid),
mine as (
  delete from quorate.claim c where c.masterid = :masterid returning c.brid, c.epoch, c.attempt),
freed as (
  select u.brid, u.builderid from unclaimed u
  union
  select l.id, l.builderid from locked l join mine m on m.brid = l.id),
forgotten as (
  delete from quorate.cancellation x using mine m where x.brid = m.brid),
noted as (
  insert into quorate.history (kind, brid, masterid, epoch, attempt, leader_epoch, actor, why)
  select 'release', m.brid, :masterid, m.epoch, m.attempt, :leader_epoch, :actor, :why from mine m),
told as (
  insert into quorate.event (masterid, events)
  select 0, jsonb_agg(jsonb_build_object(
            'keys', jsonb_build_array(jsonb_build_array('buildrequests', f.brid::text, 'unclaimed'))))
    from freed f having count(*) > 0
  returning 1),
woken as (
  select pg_notify('quorate_work', b.builderid::text) from (select distinct f.builderid from freed f) b
  union all
  select pg_notify('quorate_event', '0') from told)
select (select count(*) from freed)::integer as released, (select count(*) from woken) as woken
