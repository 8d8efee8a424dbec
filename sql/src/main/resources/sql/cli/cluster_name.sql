-- The name of the cluster that the database belongs to. Every version of the schema can answer it. No lock.
select c.name from quorate.cluster c
