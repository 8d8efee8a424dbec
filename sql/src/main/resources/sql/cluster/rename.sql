-- The operator's word: this copy of a database is a cluster of its own, with its own name and identity, and of no
-- ensemble yet. Lock: the row, by the update.
with renamed as (
  update quorate.cluster c
     set name = :name::text, cluster_uuid = gen_random_uuid(), database_uuid = gen_random_uuid(), former_uuids = '{}',
         identified_at = clock_timestamp(), system_identifier = h.system_identifier, database_oid = h.database_oid,
         timeline = h.timeline, ensemble_uuid = null
    from quorate.here() h
   where c.name = :before::text
  returning c.name)
insert into quorate.history (kind, actor, why)
select 'identity', :actor, format('a copy of the cluster %s became the cluster %s', :before::text, r.name)
  from renamed r
returning true as done
