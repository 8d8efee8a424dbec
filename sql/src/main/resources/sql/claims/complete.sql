-- T3 (I3, I4): completes the claims that this authority holds by exactly this attempt. The ids that the result lacks
-- were refused, or another session has locked their buildrequests: claims/busy tells them apart. The caller holds the
-- fence, so this waits for no other session's lock: a psql that holds one row would keep back the whole turn, and each
-- failover of this master. Buildrequests are locked in order of id, then their claims.
with told as (
  select t.brid, t.attempt, t.results
    from unnest(:brids::integer[], :attempts::uuid[], :results::integer[]) as t(brid, attempt, results)),
locked as (
  select r.id from buildrequests r where r.id in (select t.brid from told t) and r.complete = 0
   order by r.id for update of r skip locked),
held as (
  delete from quorate.claim c using told t, locked l
   where c.brid = t.brid and l.id = c.brid
     and c.masterid = :masterid and c.epoch = :epoch and c.attempt = t.attempt
  returning c.brid, c.attempt, t.results),
done as (
  update buildrequests r
     set complete = 1, results = h.results, complete_at = extract(epoch from now())::integer
    from held h where r.id = h.brid),
forgotten as (
  delete from quorate.cancellation x using held h where x.brid = h.brid),
noted as (
  insert into quorate.history (kind, brid, masterid, epoch, attempt, results, actor)
  select 'complete', h.brid, :masterid, :epoch, h.attempt, h.results, :actor from held h)
select h.brid from held h
