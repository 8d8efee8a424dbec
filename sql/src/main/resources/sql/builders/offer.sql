-- Records in Buildbot's builder_masters which builders a master can build. The caller holds the fence.
with offered as (select b.id from builders b where b.name_hash = any(:hashes::text[])),
gone as (
  delete from builder_masters m where m.masterid = :masterid and m.builderid not in (select o.id from offered o)
     and not exists (select 1 from configured_workers c where c.buildermasterid = m.id))
insert into builder_masters (builderid, masterid)
select o.id, :masterid from offered o order by o.id
on conflict (builderid, masterid) do nothing
