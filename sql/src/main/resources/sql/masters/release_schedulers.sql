-- Housekeeping (I7): ends the master's ownership of all schedulers and change sources; the next term of each may begin
-- elsewhere at once. It waits for no other session's lock. A term whose row is locked ends with the master's epoch:
-- schedulers/own begins the next one all the same, and schedulers/mirror takes Buildbot's row over.
with ended as (
  update quorate.scheduler s set masterid = null, epoch = null, changed_at = clock_timestamp()
   where s.schedulerid in (
     select f.schedulerid from quorate.scheduler f where f.masterid = :masterid
      order by f.schedulerid for update of f skip locked)
  returning s.schedulerid, s.term),
mirrored as (
  delete from scheduler_masters m
   where m.schedulerid in (
     select f.schedulerid from scheduler_masters f where f.masterid = :masterid for update of f skip locked)),
sources as (
  delete from changesource_masters m
   where m.changesourceid in (
     select f.changesourceid from changesource_masters f where f.masterid = :masterid for update of f skip locked)),
noted as (
  insert into quorate.history (kind, schedulerid, masterid, term, leader_epoch, actor, why)
  select 'disown', e.schedulerid, :masterid, e.term, :leader_epoch, :actor, :why from ended e),
woken as (select pg_notify('quorate_control', 'schedulers') where exists (select 1 from ended))
select count(*)::integer as released, (select count(*) from woken) as woken from ended
