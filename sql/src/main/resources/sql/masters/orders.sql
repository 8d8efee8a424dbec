-- What an operator wants of this epoch: whether it is to end, together with its buildmaster. The answer also carries
-- the database's clock, with which the agent compares its machine's, for operators to see. No lock: the agent decides
-- what follows.
select exists (
         select 1 from quorate.master m
          where m.masterid = :masterid and m.epoch = :epoch and m.restart_epoch = m.epoch) as restart,
       clock_timestamp() as at
