-- Names the cluster once, and records where its database is; later calls change nothing. Lock: the new row, by its key.
insert into quorate.cluster (name, system_identifier, database_oid, timeline)
select :name, h.system_identifier, h.database_oid, h.timeline from quorate.here() h
    on conflict (one) do nothing
