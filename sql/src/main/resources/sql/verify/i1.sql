-- I1: at most one live claim per buildrequest. In the history no claim begins while another is open; in the tables
-- Buildbot's claim and Quorate's name the same master. Read-only, no lock. Window: the history from since to until
-- (null: unbounded); the tables hold the present, so they are checked only if until is null.
with events as (
  select h.brid, h.seq, h.kind, h.masterid, h.epoch,
         lag(h.kind) over w as before, lag(h.masterid) over w as holder, lag(h.epoch) over w as holder_epoch
    from quorate.history h
   where h.kind in ('claim', 'complete', 'release')
     and h.at >= coalesce(cast(:since as timestamptz), '-infinity')
     and h.at < coalesce(cast(:until as timestamptz), 'infinity')
  window w as (partition by h.brid order by h.seq))
select format('buildrequest %s was claimed by master %s in epoch %s (seq %s) while master %s held it in epoch %s',
              e.brid, e.masterid, e.epoch, e.seq, e.holder, e.holder_epoch) as what
  from events e where e.kind = 'claim' and e.before = 'claim'
union all
select format('buildrequest %s is held by master %s, but buildrequest_claims names %s',
              c.brid, c.masterid, coalesce('master ' || b.masterid, 'nobody'))
  from quorate.claim c left join buildrequest_claims b on b.brid = c.brid
 where b.masterid is distinct from c.masterid and cast(:until as timestamptz) is null
