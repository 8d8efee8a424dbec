-- I9: replaying the history gives the claims, completions, masters, terms, leader and ticks
-- that the tables hold. Read-only, no lock; history and tables are of one snapshot. Window: the history from since to
-- until (null: unbounded); rows of the tables that are older than the window, or than a dropped day of history, need no
-- explanation. The tables hold the present; so if until is given, only the releases are checked.
with asked as (
  select coalesce(cast(:since as timestamptz), '-infinity') as since,
         cast(:since as timestamptz) is null and exists (
           select 1 from quorate.history h join quorate.cluster c on h.at < c.founded_at + interval '1 day') as whole,
         to_regclass('quorate.flyway_standalone') is not null as standalone,
         cast(:until as timestamptz) is null as present),
seen as (
  select h.* from quorate.history h cross join asked a
   where h.at >= a.since and h.at < coalesce(cast(:until as timestamptz), 'infinity')),
steps as (
  select s.seq, s.kind, s.brid, s.masterid, s.epoch, s.attempt, s.results,
         lag(s.kind) over w as before, lag(s.attempt) over w as holder_attempt, lead(s.seq) over w is null as latest
    from seen s
   where s.kind in ('claim', 'complete', 'release') or (s.kind = 'cancel' and s.attempt is null)
  window w as (partition by s.brid order by s.seq)),
lives as (
  select distinct on (s.masterid) s.masterid, s.kind, s.epoch
    from seen s where s.kind in ('register', 'resume', 'fence', 'leave')
   order by s.masterid, s.seq desc),
terms as (
  select distinct on (s.schedulerid) s.schedulerid, s.kind, s.term, s.masterid
    from seen s where s.kind in ('own', 'disown')
   order by s.schedulerid, s.seq desc),
present as (
select format('buildrequest %s: the history says held by master %s in epoch %s (seq %s), the table %s',
              o.brid, o.masterid, o.epoch, o.seq,
              coalesce('by master ' || c.masterid || ' in epoch ' || c.epoch, 'by nobody')) as what
  from steps o left join quorate.claim c on c.brid = o.brid
 where o.latest and o.kind = 'claim'
   and (o.masterid, o.epoch, o.attempt) is distinct from (c.masterid, c.epoch, c.attempt)
union all
select format('buildrequest %s is held by master %s in epoch %s, and the history says %s', c.brid, c.masterid, c.epoch,
              coalesce('its last step was ' || o.kind, 'nothing of it'))
  from quorate.claim c cross join asked a left join steps o on o.brid = c.brid and o.latest
 where (o.kind <> 'claim') or (o.kind is null and (a.whole or c.claimed_at >= a.since and a.since > '-infinity'))
union all
select format('buildrequest %s: the history says complete with %s (seq %s), the table complete %s with %s',
              r.id, o.results, o.seq,
              coalesce(r.complete::text, 'null'), coalesce(r.results::text, 'null'))
  from steps o join buildrequests r on r.id = o.brid
 where o.latest and o.kind in ('complete', 'cancel')
   and (r.complete, r.results::integer) is distinct from (1, o.results::integer)
union all
select format('buildrequest %s is complete, and the history does not say who completed it', r.id)
  from buildrequests r cross join asked a left join steps o on o.brid = r.id and o.latest
 where a.standalone and r.complete = 1 and o.kind is distinct from 'complete' and o.kind is distinct from 'cancel'
   and (a.whole or (a.since > '-infinity' and to_timestamp(r.complete_at) >= a.since))
   and not exists (select 1 from quorate.claim c where c.brid = r.id)
union all
-- a completion ends the claim in the same commit, unless no trigger and no agent saw it
select format('buildrequest %s is complete with %s, but master %s still holds it in epoch %s: a session without an'
              || ' epoch completed it', r.id, r.results, c.masterid, c.epoch)
  from quorate.claim c join buildrequests r on r.id = c.brid
 where r.complete = 1
union all
select format('master %s is %s in epoch %s, and the last of its history is %s in epoch %s',
              m.masterid, m.state, m.epoch, l.kind, l.epoch)
  from quorate.master m join lives l on l.masterid = m.masterid
 where case l.kind when 'fence' then m.state not in ('fenced', 'dead') or m.epoch <= l.epoch
                   when 'leave' then m.state <> 'dead' or m.epoch <> l.epoch
                   else m.state <> 'active' or m.epoch <> l.epoch end
union all
select format('master %s is %s in epoch %s, and the history knows nothing of it', m.masterid, m.state, m.epoch)
  from quorate.master m cross join asked a
 where a.whole and not exists (select 1 from lives l where l.masterid = m.masterid)
union all
select format('scheduler %s is in term %s of %s, and the last of its history is %s of term %s', s.schedulerid, s.term,
              coalesce('master ' || s.masterid, 'nobody'), t.kind, t.term)
  from quorate.scheduler s join terms t on t.schedulerid = s.schedulerid
 where s.term <> t.term or s.masterid is distinct from case when t.kind = 'own' then t.masterid end
union all
select format('the leader is master %s in epoch %s, and the history says master %s in epoch %s', q.masterid, q.epoch,
              l.masterid, l.leader_epoch)
  from quorate.leader q
  join (select s.masterid, s.leader_epoch from seen s where s.kind = 'lead' order by s.seq desc limit 1) l
    on (q.masterid, q.epoch) is distinct from (l.masterid, l.leader_epoch)
union all
select format('tick "%s" of scheduler %s is in %s only',
              coalesce(t.occasion, s.occasion), coalesce(t.schedulerid, s.schedulerid),
              case when t.occasion is null then 'the history' else 'the table' end)
  from (select k.* from quorate.tick k cross join asked a
         where a.whole or (a.since > '-infinity' and k.committed_at >= a.since)) t
  full join (select distinct h.schedulerid, h.occasion from seen h where h.kind = 'tick') s
    on s.schedulerid = t.schedulerid and s.occasion = t.occasion
 where t.occasion is null and not exists (
         select 1 from quorate.tick k where k.schedulerid = s.schedulerid and k.occasion = s.occasion)
    or s.occasion is null and not exists (
         select 1 from quorate.history h where h.kind = 'tick' and h.schedulerid = t.schedulerid
            and h.occasion = t.occasion))
select format('buildrequest %s was released by master %s (seq %s), but %s', o.brid, o.masterid, o.seq,
              case when o.before is null then 'nobody had claimed it'
                   when o.before = 'claim' then 'another attempt held it'
                   else 'the last that happened to it was ' || o.before end) as what
  from steps o cross join asked a
 where o.kind = 'release' and (o.before is not null or a.whole)
   and (o.before, o.holder_attempt) is distinct from ('claim'::text, o.attempt)
union all
select p.what from present p cross join asked a where a.present
