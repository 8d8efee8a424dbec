-- T3, T8: which of these attempts this authority still holds. After claims/complete or claims/release these are the
-- attempts whose buildrequests another session had locked. It must run before claims/ended, so that an attempt that
-- ends in between is found there. The caller holds the fence. No lock.
select c.brid
  from unnest(:brids::integer[], :attempts::uuid[]) as t(brid, attempt)
  join quorate.claim c on c.brid = t.brid and c.attempt = t.attempt and c.masterid = :masterid and c.epoch = :epoch
  join buildrequests r on r.id = c.brid and r.complete = 0
