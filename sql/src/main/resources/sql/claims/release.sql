-- T8 (I3, I5): returns the claims that this authority holds by exactly this attempt to the queue. If an operator wanted
-- to cancel one meanwhile, it completes as CANCELLED (6) instead, since nobody runs it any more (I4). The caller holds
-- the fence; what another session has locked is skipped, as in claims/complete.
with told as (
  select t.brid, t.attempt, t.why
    from unnest(:brids::integer[], :attempts::uuid[], :whys::text[]) as t(brid, attempt, why)),
locked as (
  select r.id, r.builderid from buildrequests r where r.id in (select t.brid from told t) and r.complete = 0
   order by r.id for update of r skip locked),
held as (
  delete from quorate.claim c using told t, locked l
   where c.brid = t.brid and l.id = c.brid
     and c.masterid = :masterid and c.epoch = :epoch and c.attempt = t.attempt
  returning c.brid, c.attempt, t.why, l.builderid),
unclaimed as (
  delete from buildrequest_claims c using held h where c.brid = h.brid and c.masterid = :masterid),
wished as (
  delete from quorate.cancellation x using held h where x.brid = h.brid returning x.brid, x.actor, x.why),
cancelled as (
  update buildrequests r set complete = 1, results = 6, complete_at = extract(epoch from now())::integer
    from wished w where r.id = w.brid returning r.id),
noted as (
  insert into quorate.history (kind, brid, masterid, epoch, attempt, results, actor, why)
  select s.kind, s.brid, s.masterid, s.epoch, s.attempt, s.results, s.actor, s.why
    from (select 1 as step, 'release' as kind, h.brid, :masterid::integer as masterid, :epoch::bigint as epoch,
                 h.attempt, null::smallint as results, :actor::text as actor, h.why from held h
          union all
          select 2, 'cancel', w.brid, null, null, null, 6, w.actor, w.why from wished w) s
   order by s.brid, s.step),
announced as (
  select quorate.publish('buildrequests', c.id, 'complete') from cancelled c),
woken as (
  select pg_notify('quorate_work', b.builderid::text) from (select distinct h.builderid from held h) b)
select h.brid, (select count(*) from woken) as builders, (select count(*) from announced) as announced from held h
