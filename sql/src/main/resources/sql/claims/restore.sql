-- Housekeeping (I1): inserts Buildbot's row of a live claim again if somebody deleted it, since Buildbot takes the
-- buildrequest for pending without it. The lock on the holder's row excludes a failover: a release that had begun
-- before would not see the row that it has to delete. The statement waits for no lock: it skips what others have locked
-- until the next time. It locks in the usual order.
with orphans as materialized (
  select q.brid, q.masterid
    from quorate.claim q join buildrequests r on r.id = q.brid
   where r.complete = 0 and not exists (select 1 from buildrequest_claims c where c.brid = q.brid)),
holders as materialized (
  select m.masterid from quorate.master m
   where m.masterid in (select o.masterid from orphans o) and exists (select 1 from masters b where b.id = m.masterid)
   order by m.masterid for no key update of m skip locked),
locked as materialized (
  select r.id from buildrequests r
   where r.id in (select o.brid from orphans o join holders h on h.masterid = o.masterid) and r.complete = 0
   order by r.id for update of r skip locked),
standing as materialized (
  select q.brid, q.masterid, q.claimed_at
    from quorate.claim q join locked l on l.id = q.brid
   where q.masterid in (select h.masterid from holders h)
   order by q.brid for key share of q skip locked)
insert into buildrequest_claims (brid, masterid, claimed_at)
select s.brid, s.masterid, extract(epoch from s.claimed_at)::integer from standing s
on conflict (brid) do nothing
returning brid
