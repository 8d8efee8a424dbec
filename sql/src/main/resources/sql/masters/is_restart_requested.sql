-- Whether an operator wants this epoch to end, together with its buildmaster. No lock: the agent decides what follows.
select exists (
  select 1 from quorate.master m
   where m.masterid = :masterid and m.epoch = :epoch and m.restart_epoch = m.epoch)
