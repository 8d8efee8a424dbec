-- Whether this authority is current; a true answer extends an agent's trust while ZooKeeper is unreachable, since a
-- fence must change this row. No lock: the statement decides nothing.
select exists (
  select 1 from quorate.master m
   where m.masterid = :masterid and m.epoch = :epoch and m.incarnation = :incarnation and m.state = 'active')
