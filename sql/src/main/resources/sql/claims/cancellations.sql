-- What operators want cancelled of what this master holds. A hint: the completion decides. No lock.
select x.brid from quorate.cancellation x join quorate.claim c on c.brid = x.brid
 where c.masterid = :masterid and c.epoch = :epoch
 order by x.brid
