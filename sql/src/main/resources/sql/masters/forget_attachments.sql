-- Housekeeping: deletes the change sources, workers and builders that a dead master left in Buildbot's tables: those
-- that stock Buildbot deletes, and connected_workers, which it forgets. The caller holds the master's row for update.
-- The row in masters itself is never deleted: that would cascade to the build history.
with sources as (delete from changesource_masters where masterid = :masterid),
connected as (delete from connected_workers where masterid = :masterid),
configured as (
  delete from configured_workers c using builder_masters b where b.id = c.buildermasterid and b.masterid = :masterid)
delete from builder_masters where masterid = :masterid
