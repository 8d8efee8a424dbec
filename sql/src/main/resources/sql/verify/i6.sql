-- I6: epochs, terms and leader epochs only grow, and no number is issued twice. In the history each number is greater
-- than all earlier ones of its master, scheduler or leader; no row of a table is behind the history. Read-only, no
-- lock. Window: the history from since to until (null: unbounded); the tables hold the present, so they are checked
-- only if until is null.
with seen as (
  select h.seq, h.kind, h.masterid, h.schedulerid, h.epoch, h.term, h.leader_epoch
    from quorate.history h
   where h.kind in ('register', 'resume', 'fence', 'leave', 'own', 'lead')
     and h.at >= coalesce(cast(:since as timestamptz), '-infinity')
     and h.at < coalesce(cast(:until as timestamptz), 'infinity')),
epochs as (
  select s.*, max(s.epoch)
           over (partition by s.masterid order by s.seq rows between unbounded preceding and 1 preceding) as before
    from seen s where s.kind in ('register', 'resume', 'fence', 'leave')),
terms as (
  select s.*, max(s.term)
           over (partition by s.schedulerid order by s.seq rows between unbounded preceding and 1 preceding) as before
    from seen s where s.kind = 'own'),
leads as (
  select s.*, max(s.leader_epoch) over (order by s.seq rows between unbounded preceding and 1 preceding) as before
    from seen s where s.kind = 'lead')
select format('master %s got epoch %s (seq %s) after %s', e.masterid, e.epoch, e.seq, e.before) as what
  from epochs e where e.kind = 'register' and e.epoch <= e.before
union all
select format('master %s resumed epoch %s (seq %s) after %s', e.masterid, e.epoch, e.seq, e.before)
  from epochs e where e.kind = 'resume' and e.epoch < e.before
union all
select format('scheduler %s got term %s (seq %s) after %s', t.schedulerid, t.term, t.seq, t.before)
  from terms t where t.term <= t.before
union all
select format('leader epoch %s began (seq %s) after %s', l.leader_epoch, l.seq, l.before)
  from leads l where l.leader_epoch <= l.before
union all
select format('master %s stands at epoch %s, and the history knew %s', m.masterid, m.epoch, e.epoch)
  from quorate.master m
  join (select masterid, max(epoch) as epoch from epochs group by masterid) e on e.masterid = m.masterid
 where m.epoch < e.epoch and cast(:until as timestamptz) is null
union all
select format('scheduler %s stands at term %s, and the history knew %s', s.schedulerid, s.term, t.term)
  from quorate.scheduler s
  join (select schedulerid, max(term) as term from terms group by schedulerid) t on t.schedulerid = s.schedulerid
 where s.term < t.term and cast(:until as timestamptz) is null
union all
select format('the leader stands at epoch %s, and the history knew %s', q.epoch, l.epoch)
  from quorate.leader q join (select max(leader_epoch) as epoch from leads) l on q.epoch < l.epoch
 where cast(:until as timestamptz) is null
