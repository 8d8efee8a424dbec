-- The terms that a master has at this moment. Read-only, no lock.
select n.name, s.term
  from quorate.scheduler s join quorate.clustered_service n on n.schedulerid = s.schedulerid
 where s.masterid = :masterid and s.epoch = :epoch
 order by n.name
