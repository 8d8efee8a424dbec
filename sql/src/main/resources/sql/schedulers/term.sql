-- I7: checks that the term is current, and locks its row so that it stays current until this tick is committed.
select s.schedulerid, n.enabled <> 0 as enabled, (extract(epoch from clock_timestamp()) * 1000)::bigint as now_millis,
       to_timestamp(:at) <= clock_timestamp() as due
  from quorate.scheduler s join quorate.clustered_service n on n.schedulerid = s.schedulerid
 where n.hash = :hash and s.term = :term and s.masterid = :masterid and s.epoch = :epoch
   for share of s
