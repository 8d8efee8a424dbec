-- Extends an agent's trust while ZooKeeper is away: nobody fences it without changing this row. No lock: it decides nothing.
select exists (
  select 1 from quorate.master m
   where m.masterid = :masterid and m.epoch = :epoch and m.incarnation = :incarnation and m.state = 'active')
