-- The enabled schedulers that do not run: nobody owns them, or a drained master does. No lock.
select n.name, m.name as owner
  from quorate.clustered_service n
  left join quorate.scheduler s on s.schedulerid = n.schedulerid
  left join quorate.master m on m.masterid = s.masterid and m.epoch = s.epoch and m.state = 'active'
 where n.enabled <> 0 and (m.masterid is null or m.draining)
 order by n.name
