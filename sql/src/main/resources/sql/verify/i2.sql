-- I2: a live claim's epoch is its master's current epoch, and that master is active. A fenced master may hold claims of
-- the epoch that ended until its kill time is over. In the history nothing is claimed, completed, owned, ticked or led
-- in an epoch that had ended. Read-only, no lock. Window: the history from since to until (null: unbounded); the tables
-- hold the present, so they are checked only if until is null.
with events as (
  select h.seq, h.kind, h.masterid, h.epoch,
         max(case when h.kind in ('fence', 'leave') then h.epoch when h.kind = 'register' then h.epoch - 1 end)
           over (partition by h.masterid order by h.seq rows between unbounded preceding and 1 preceding) as ended
    from quorate.history h
   where h.kind in ('register', 'resume', 'fence', 'leave', 'claim', 'complete', 'own', 'tick', 'lead')
     and h.at >= coalesce(cast(:since as timestamptz), '-infinity')
     and h.at < coalesce(cast(:until as timestamptz), 'infinity'))
select format('%s by master %s in epoch %s (seq %s) after that epoch had ended',
              e.kind, e.masterid, e.epoch, e.seq) as what
  from events e
 where e.kind in ('resume', 'claim', 'complete', 'own', 'tick', 'lead') and e.epoch <= e.ended
union all
select format('buildrequest %s is held by master %s in epoch %s, but that master is %s', c.brid, c.masterid, c.epoch,
              coalesce(m.state || ' in epoch ' || m.epoch, 'not registered'))
  from quorate.claim c left join quorate.master m on m.masterid = c.masterid
 where cast(:until as timestamptz) is null
   and (m.masterid is null
        or m.state = 'dead'
        or (m.state = 'active' and m.epoch <> c.epoch)
        or (m.state = 'fenced' and m.epoch <= c.epoch))
