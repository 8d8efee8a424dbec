-- T6: records the owner in Buildbot's own table. If it returns no row, a living stock master, which does not look at
-- terms, has inserted its row first; the table's key decides, and the caller ends the term again. The caller has
-- changed the term's row and so holds its lock.
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
