-- Housekeeping: change sources, workers and builders that a dead master leaves behind in Buildbot's tables, stock's own list
-- and connected_workers, which stock forgets. The caller holds the master's row for update. Never the masters row itself:
-- deleting it cascades to the build history.
with sources as (delete from changesource_masters where masterid = :masterid),
connected as (delete from connected_workers where masterid = :masterid),
configured as (
  delete from configured_workers c using builder_masters b where b.id = c.buildermasterid and b.masterid = :masterid)
delete from builder_masters where masterid = :masterid
