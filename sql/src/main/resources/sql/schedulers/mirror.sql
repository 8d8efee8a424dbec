-- T6: shows the owner where Buildbot looks for it. No row: a living stock master was first, which does not look at terms; its key
-- decides, and the caller takes the term back. The caller holds the term's row by having just changed it.
with source as (
  insert into changesource_masters (changesourceid, masterid)
  select 0 - :schedulerid::integer, :masterid where :schedulerid::integer < 0
  on conflict (changesourceid) do update set masterid = excluded.masterid
   where changesource_masters.masterid = excluded.masterid or not quorate.is_stock_alive(changesource_masters.masterid)
  returning masterid),
scheduler as (
  insert into scheduler_masters (schedulerid, masterid)
  select :schedulerid::integer, :masterid where :schedulerid::integer > 0
  on conflict (schedulerid) do update set masterid = excluded.masterid
   where scheduler_masters.masterid = excluded.masterid or not quorate.is_stock_alive(scheduler_masters.masterid)
  returning masterid)
select s.masterid from source s union all select s.masterid from scheduler s
