-- Housekeeping: deletes the change sources, workers and builders that a dead master left in Buildbot's tables: those
-- that stock Buildbot deletes, and connected_workers, which it forgets. The caller holds the master's row for update.
-- The row in masters itself is never deleted: that would cascade to the build history. It skips the rows that another
-- session has locked: they are deleted when the master registers or fails again, and until then nobody takes a dead
-- master for a place to build.
with sources as (
  delete from changesource_masters m
   where m.changesourceid in (
     select f.changesourceid from changesource_masters f where f.masterid = :masterid for update of f skip locked)),
connected as (
  delete from connected_workers c
   where c.id in (select f.id from connected_workers f where f.masterid = :masterid for update of f skip locked)),
offered as materialized (
  select f.id from builder_masters f where f.masterid = :masterid for update of f skip locked),
configured as (
  delete from configured_workers c
   where c.id in (
     select f.id from configured_workers f join offered o on o.id = f.buildermasterid for update of f skip locked)
  returning c.buildermasterid)
delete from builder_masters m
 where m.id in (select o.id from offered o)
   and (select count(*) from configured g where g.buildermasterid = m.id)
       = (select count(*) from configured_workers c where c.buildermasterid = m.id)
