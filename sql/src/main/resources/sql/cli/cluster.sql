-- The cluster and its housekeeper. No lock.
select c.name, c.cluster_uuid, c.founded_at, c.schema_version, c.leader, c.leader_epoch, c.leader_since,
       c.database_uuid, c.timeline, c.replaced_at
  from quorate_v1.cluster c
