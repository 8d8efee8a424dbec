-- What this master's buildmaster says that it can run, in place of what it said before: masters without the plugin leave it to
-- this one. The caller holds the fence.
with offered as (select n.schedulerid from quorate.clustered_service n where n.hash = any(:hashes::text[])),
gone as (
  delete from quorate.offer o where o.masterid = :masterid and o.schedulerid not in (select f.schedulerid from offered f))
insert into quorate.offer (schedulerid, masterid, epoch)
select f.schedulerid, :masterid, :epoch from offered f order by f.schedulerid
on conflict (schedulerid, masterid) do update set epoch = excluded.epoch
