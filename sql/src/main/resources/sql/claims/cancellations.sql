-- The claims of this master that an operator wants to cancel. A hint, no lock: the completion decides.
select x.brid from quorate.cancellation x join quorate.claim c on c.brid = x.brid
 where c.masterid = :masterid and c.epoch = :epoch
 order by x.brid
