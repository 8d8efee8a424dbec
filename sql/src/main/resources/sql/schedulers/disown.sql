-- T6 (I7): ends this master's term if it is still current, so that the next one can begin at once. The row lock waits
-- for the term's ticks.
with ended as (
  update quorate.scheduler s set masterid = null, epoch = null, changed_at = clock_timestamp()
    from quorate.clustered_service n
   where n.hash = :hash and s.schedulerid = n.schedulerid
     and s.term = :term and s.masterid = :masterid and s.epoch = :epoch
  returning s.schedulerid),
mirrored as (
  delete from scheduler_masters m using ended e where m.schedulerid = e.schedulerid and m.masterid = :masterid),
sources as (
  delete from changesource_masters m using ended e where m.changesourceid = -e.schedulerid and m.masterid = :masterid),
woken as (select pg_notify('quorate_control', 'schedulers') from ended)
select e.schedulerid, (select count(*) from woken) as woken from ended e
