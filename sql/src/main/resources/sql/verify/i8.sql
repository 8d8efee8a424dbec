-- I8: only the current leader epoch fences: everything that was done to another master in the name of a leader epoch
-- was done by the leader of the greatest epoch begun until then. Read-only, no lock. Window: the history from since to
-- until (null: unbounded); a leader epoch that began before the window, or on a day of history that was dropped, is not
-- required. If a failover cancels a buildrequest because an operator wanted that, the row has the operator's name.
with asked as (
  select coalesce(cast(:since as timestamptz), '-infinity') as since,
         cast(:since as timestamptz) is null and exists (
           select 1 from quorate.history h join quorate.cluster c on h.at < c.founded_at + interval '1 day') as whole),
seen as (
  select h.seq, h.kind, h.masterid, h.brid, h.schedulerid, h.leader_epoch, h.actor,
         max(h.leader_epoch) filter (where h.kind = 'lead')
           over (order by h.seq rows between unbounded preceding and 1 preceding) as current_epoch
    from quorate.history h cross join asked a
   where h.leader_epoch is not null and h.at >= a.since and h.at < coalesce(cast(:until as timestamptz), 'infinity'))
select format('%s of %s in leader epoch %s by %s (seq %s), when %s', s.kind,
              coalesce('buildrequest ' || s.brid, 'scheduler ' || s.schedulerid, 'master ' || s.masterid),
              s.leader_epoch, s.actor, s.seq,
              case when s.current_epoch is null then 'nobody led'
                   else format('the current one was %s, of master %s', s.current_epoch, l.masterid) end) as what
  from seen s cross join asked a
  left join seen l on l.kind = 'lead' and l.leader_epoch = s.current_epoch and l.seq < s.seq
 where s.kind <> 'lead'
   and (s.current_epoch is not null or a.whole)
   and (s.current_epoch is distinct from s.leader_epoch
        or s.kind <> 'cancel' and s.actor is distinct from 'leader:' || l.masterid)
