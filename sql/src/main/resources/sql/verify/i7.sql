-- I7: at most one owner per scheduler and term; a tick happens at most once, and in the term that is current. These
-- tables cannot show whether a change was lost between owners; the buildmaster replays changes. Read-only, no lock.
-- Window: the history from since to until (null: unbounded); a term that began before the window is not required. The
-- tables hold the present, so they are checked only if until is null.
with seen as (
  select h.seq, h.kind, h.schedulerid, h.masterid, h.term, h.occasion,
         max(h.seq) filter (where h.kind in ('own', 'disown'))
           over (partition by h.schedulerid order by h.seq rows between unbounded preceding and 1 preceding) as ruling
    from quorate.history h
   where h.kind in ('own', 'disown', 'tick')
     and h.at >= coalesce(cast(:since as timestamptz), '-infinity')
     and h.at < coalesce(cast(:until as timestamptz), 'infinity'))
select format('term %s of scheduler %s had %s owners', s.term, s.schedulerid, count(distinct s.masterid)) as what
  from seen s where s.kind = 'own'
 group by s.schedulerid, s.term having count(distinct s.masterid) > 1
union all
select format('tick "%s" of scheduler %s happened %s times', s.occasion, s.schedulerid, count(*))
  from seen s where s.kind = 'tick'
 group by s.schedulerid, s.occasion having count(*) > 1
union all
select format('tick "%s" of scheduler %s by master %s in term %s (seq %s) when %s',
              t.occasion, t.schedulerid, t.masterid, t.term, t.seq,
              case when r.kind = 'own' then format('master %s owned it in term %s', r.masterid, r.term)
                   else 'nobody owned it' end)
  from seen t join seen r on r.seq = t.ruling
 where t.kind = 'tick' and (r.kind <> 'own' or r.term <> t.term or r.masterid <> t.masterid)
union all
select format('scheduler %s is owned by master %s, but scheduler_masters names master %s',
              s.schedulerid, s.masterid, b.masterid)
  from quorate.scheduler s
  join quorate.master m on m.masterid = s.masterid and m.epoch = s.epoch and m.state = 'active'
  join scheduler_masters b on b.schedulerid = s.schedulerid
 where b.masterid <> s.masterid and cast(:until as timestamptz) is null
union all
select format('change source %s is owned by master %s, but changesource_masters names master %s',
              -s.schedulerid, s.masterid, b.masterid)
  from quorate.scheduler s
  join quorate.master m on m.masterid = s.masterid and m.epoch = s.epoch and m.state = 'active'
  join changesource_masters b on b.changesourceid = -s.schedulerid
 where b.masterid <> s.masterid and cast(:until as timestamptz) is null
