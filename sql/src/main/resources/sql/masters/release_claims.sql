-- Housekeeping (I5): returns everything that the master still holds to the queue. The caller holds the master's row for
-- update, so no open claim or completion of the master can be missed. Buildrequests are locked in order of id, as
-- everywhere: those that the master holds, even if Buildbot's row of the claim was deleted, and those that its builds
-- wait for, which masters/end_builds needs next. It waits for none of them: a session that has locked a buildrequest,
-- as a forgotten psql does, must not delay a failover. The claim of such a buildrequest ends all the same. Nobody can
-- claim the buildrequest before that session ends its transaction, since claims/take skips what is locked; and the rows
-- of the claim, which are deleted here, decide who may complete it.
with concerned as materialized (
  select c.brid as id from buildrequest_claims c join buildrequests r on r.id = c.brid
   where c.masterid = :masterid and r.complete = 0
  union
  select c.brid from quorate.claim c where c.masterid = :masterid
  union
  select r.id from builds b join buildsets s on s.parent_buildid = b.id join buildrequests r on r.buildsetid = s.id
   where b.masterid = :masterid and b.complete_at is null and s.complete = 0 and r.complete = 0 and r.waited_for = 1),
locked as materialized (
  select r.id from buildrequests r
   where r.id in (select n.id from concerned n) and r.complete = 0
   order by r.id for update of r skip locked),
held as materialized (
  select r.id, r.builderid from buildrequests r
   where r.id in (select n.id from concerned n) and r.complete = 0 and (select count(*) from locked) >= 0),
unclaimed as (
  delete from buildrequest_claims c using held h
   where c.brid = h.id and c.masterid = :masterid returning c.brid, h.builderid),
mine as (
  delete from quorate.claim c
   where c.masterid = :masterid and (select count(*) from held) >= 0 returning c.brid, c.epoch, c.attempt),
freed as (
  select u.brid, u.builderid from unclaimed u
  union
  select h.id, h.builderid from held h join mine m on m.brid = h.id),
forgotten as (
  delete from quorate.cancellation x using mine m
   where x.brid = m.brid
     and not exists (select 1 from held h where h.id = m.brid and h.id not in (select l.id from locked l))),
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
