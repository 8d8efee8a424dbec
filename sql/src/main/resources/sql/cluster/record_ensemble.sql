-- Records the ZooKeeper ensemble that the cluster uses, if the recorded one is still the expected one; null: none yet.
-- At any time the cluster uses one ensemble. Lock: the row, by the update.
with recorded as (
  update quorate.cluster c
     set ensemble_uuid = :ensemble
   where c.ensemble_uuid is not distinct from :before::uuid
  returning c.ensemble_uuid)
insert into quorate.history (kind, actor, why)
select 'identity', :actor, format('the cluster uses the ZooKeeper ensemble %s', r.ensemble_uuid) from recorded r
