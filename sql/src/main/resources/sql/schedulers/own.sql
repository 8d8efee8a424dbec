-- T6 (I6, I7): begins the next term, if no other master's term is current: there is none, or its epoch has ended, or it
-- is this master's own. An epoch that has ended never becomes current again, so the other master's row need not be
-- locked. What a living stock master without an agent runs stays with that master, since nobody could stop its ticks.
-- The caller holds its own fence.
update quorate.scheduler s
   set term = greatest(s.term + 1, :number), masterid = :masterid, epoch = :epoch, changed_at = clock_timestamp()
  from quorate.clustered_service n
 where n.hash = :hash and s.schedulerid = n.schedulerid
   and (s.masterid is null or s.masterid = :masterid
        or not exists (select 1 from quorate.master m
                       where m.masterid = s.masterid and m.epoch = s.epoch and m.state = 'active'))
   and not exists (select 1 from scheduler_masters b
                    where b.schedulerid = n.schedulerid and b.masterid <> :masterid
                      and quorate.is_stock_alive(b.masterid))
   and not exists (select 1 from changesource_masters b
                    where b.changesourceid = -n.schedulerid and b.masterid <> :masterid
                      and quorate.is_stock_alive(b.masterid))
returning s.schedulerid, s.term, n.enabled <> 0 as enabled,
  coalesce((select extract(epoch from max(t.tick_at))::bigint from quorate.tick t
             where t.schedulerid = s.schedulerid and t.occasion like 'at %'), 0) as last_tick,
  (extract(epoch from clock_timestamp()) * 1000)::bigint as now_millis
