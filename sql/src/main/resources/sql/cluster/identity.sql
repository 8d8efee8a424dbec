-- What an agent compares at start with its own configuration, with ZooKeeper and with the schema it was built for. No lock.
select c.name, c.cluster_uuid, quorate.schema_version() as schema_version from quorate.cluster c
