-- The values that an agent compares at its start with its own configuration, with ZooKeeper and with the schema version
-- that it needs. No lock.
select c.name, c.cluster_uuid, quorate.schema_version() as schema_version from quorate.cluster c
