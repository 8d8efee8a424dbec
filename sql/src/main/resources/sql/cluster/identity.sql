-- The identity of the database, and where the database really is. An agent compares both with each other, and with what
-- ZooKeeper holds. No lock.
select c.name, c.cluster_uuid, c.database_uuid, c.former_uuids, c.ensemble_uuid, c.system_identifier, c.database_oid,
       c.timeline, h.system_identifier as system_identifier_here, h.database_oid as database_oid_here,
       h.timeline as timeline_here
  from quorate.cluster c cross join quorate.here() h
