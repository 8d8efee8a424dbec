-- The operator's word: this database is the cluster's from now on, wherever it is. It gets a new identity, which
-- descends from the old one and from the one that ZooKeeper holds, so that agents follow. Lock: the row, by the update.
with identified as (
  update quorate.cluster c
     set database_uuid = :database::uuid,
         former_uuids = array_remove(array[c.database_uuid, :replaces::uuid], null)
                        || array_remove(c.former_uuids, :replaces::uuid),
         identified_at = clock_timestamp(), system_identifier = h.system_identifier, database_oid = h.database_oid,
         timeline = h.timeline, ensemble_uuid = :ensemble::uuid
    from quorate.here() h
   where c.database_uuid = :before::uuid
  returning c.timeline)
insert into quorate.history (kind, actor, why)
select 'identity', :actor, :why::text from identified
returning true as done, pg_notify('quorate_control', 'identity') as told
