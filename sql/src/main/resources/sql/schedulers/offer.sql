-- Records what this master's buildmaster can run, in place of what it offered before. Masters without the plugin leave
-- these services to it. The caller holds the fence.
with offered as (select n.schedulerid from quorate.clustered_service n where n.hash = any(:hashes::text[])),
gone as (
  delete from quorate.offer o
   where o.masterid = :masterid and o.schedulerid not in (select f.schedulerid from offered f))
insert into quorate.offer (schedulerid, masterid, epoch)
select f.schedulerid, :masterid, :epoch from offered f order by f.schedulerid
on conflict (schedulerid, masterid) do update set epoch = excluded.epoch
