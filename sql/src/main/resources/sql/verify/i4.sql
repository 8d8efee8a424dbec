-- I4: a buildrequest completes at most once, by its holder or by an operator's cancel while it was pending; and a
-- complete one is never claimed again. Read-only, no lock. Window: the history from since to until (null: unbounded).
with events as (
  select h.brid, h.seq, h.kind, h.masterid,
         count(*) filter (where h.kind <> 'claim')
           over (partition by h.brid order by h.seq rows between unbounded preceding and 1 preceding) as completions
    from quorate.history h
   where (h.kind in ('claim', 'complete') or (h.kind = 'cancel' and h.attempt is null))
     and h.at >= coalesce(cast(:since as timestamptz), '-infinity')
     and h.at < coalesce(cast(:until as timestamptz), 'infinity'))
select case when e.kind = 'claim' then
              format('buildrequest %s was claimed by master %s (seq %s) when it was complete',
                     e.brid, e.masterid, e.seq)
            else format('buildrequest %s was completed %s times, the last by %s (seq %s)', e.brid, e.completions + 1,
                        coalesce('master ' || e.masterid, 'an operator'), e.seq) end as what
  from events e where e.completions > 0
