-- Does for a dead master in one transaction what stock Buildbot does, and also what stock Buildbot forgets: its claims
-- and its rows in connected_workers. The caller holds the master's row for update. Locks besides: the buildrequests
-- that the master holds, in order of id.
with running as (
  select b.id from builds b where b.masterid = :masterid and b.complete_at is null),
locked as (
  select r.id from buildrequests r
   where r.complete = 0
     and r.id in (select c.brid from buildrequest_claims c join buildrequests o on o.id = c.brid
                   where c.masterid = :masterid and o.complete = 0)
   order by r.id for update of r),
unclaimed as (
  delete from buildrequest_claims c using locked l where c.brid = l.id and c.masterid = :masterid returning 1),
ended_logs as (
  update logs l set complete = 1
    from running b join steps s on s.buildid = b.id
   where l.stepid = s.id and s.results is null and l.complete = 0),
ended_steps as (
  update steps s set results = 5, complete_at = extract(epoch from now())::integer, hidden = 0
    from running b where s.buildid = b.id and s.results is null),
ended as (
  update builds b set results = 5, complete_at = extract(epoch from now())::integer, state_string = :state
    from running x where b.id = x.id returning 1),
schedulers as (delete from scheduler_masters where masterid = :masterid returning 1),
sources as (delete from changesource_masters where masterid = :masterid returning 1),
connected as (delete from connected_workers where masterid = :masterid),
configured as (
  delete from configured_workers c using builder_masters o where o.id = c.buildermasterid and o.masterid = :masterid),
offered as (delete from builder_masters where masterid = :masterid),
marked as (update masters set active = 0 where id = :masterid)
select (select count(*) from unclaimed) as claims, (select count(*) from ended) as builds,
       (select count(*) from schedulers) as schedulers, (select count(*) from sources) as change_sources
