-- Housekeeping (I7): ends the master's ownership of all schedulers and change sources; the next term of each may begin
-- elsewhere at once.
with ended as (
  update quorate.scheduler s set masterid = null, epoch = null, changed_at = clock_timestamp()
   where s.masterid = :masterid returning s.schedulerid, s.term),
mirrored as (
  delete from scheduler_masters m where m.masterid = :masterid),
sources as (
  delete from changesource_masters m where m.masterid = :masterid),
noted as (
  insert into quorate.history (kind, schedulerid, masterid, term, leader_epoch, actor, why)
  select 'disown', e.schedulerid, :masterid, e.term, :leader_epoch, :actor, :why from ended e),
woken as (select pg_notify('quorate_control', 'schedulers') where exists (select 1 from ended))
select count(*)::integer as released, (select count(*) from woken) as woken from ended
