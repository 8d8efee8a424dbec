-- I3: only the holder of an attempt completes it: the row before a completion of the same buildrequest is the claim of
-- the same master, epoch and attempt. Read-only, no lock. Window: the history from since to until (null: unbounded). A
-- claim that is older than the window, or was dropped with an old day of history, is not required.
with asked as (
  select coalesce(cast(:since as timestamptz), '-infinity') as since,
         cast(:since as timestamptz) is null and exists (
           select 1 from quorate.history h join quorate.cluster c on h.at < c.founded_at + interval '1 day') as whole),
events as (
  select h.brid, h.seq, h.kind, h.masterid, h.epoch, h.attempt,
         lag(h.kind) over w as before, lag(h.masterid) over w as holder, lag(h.epoch) over w as holder_epoch,
         lag(h.attempt) over w as holder_attempt
    from quorate.history h cross join asked a
   where h.kind in ('claim', 'complete', 'release') and h.at >= a.since
     and h.at < coalesce(cast(:until as timestamptz), 'infinity')
  window w as (partition by h.brid order by h.seq))
select format('buildrequest %s was completed by master %s in epoch %s (seq %s), but %s',
              e.brid, e.masterid, e.epoch, e.seq,
              case when e.before is null then 'nobody had claimed it'
                   when e.before = 'claim'
                   then format('master %s held it in epoch %s by another attempt', e.holder, e.holder_epoch)
                   else 'the last that happened to it was ' || e.before end) as what
  from events e cross join asked a
 where e.kind = 'complete'
   and (e.before is not null or a.whole)
   and (e.before, e.holder, e.holder_epoch, e.holder_attempt)
       is distinct from ('claim'::text, e.masterid, e.epoch, e.attempt)
