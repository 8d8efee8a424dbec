-- The schedulers with their terms, for the ownership policy. An owner counts only while its epoch is current. No lock.
select s.schedulerid, n.name, n.enabled <> 0 as enabled, s.term, m.name as owner, p.name as preferred
  from quorate.scheduler s
  join quorate.clustered_service n on n.schedulerid = s.schedulerid
  left join quorate.master m on m.masterid = s.masterid and m.epoch = s.epoch and m.state = 'active'
  left join quorate.master p on p.masterid = s.preferred_masterid
 order by n.name
