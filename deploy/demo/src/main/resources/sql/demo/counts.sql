-- The numbers of the demo's summary, from the tables and the history alone. Read-only, no lock; all of one snapshot.
with steps as (
  select h.brid, h.seq, h.kind, h.masterid,
         lag(h.kind) over w as before,
         lag(h.masterid) over w as holder
    from quorate.history h
   where h.kind in ('claim', 'complete', 'release')
  window w as (partition by h.brid order by h.seq)),
completions as (
  select s.brid, count(*) as times from steps s where s.kind = 'complete' group by s.brid)
select (select count(*) from quorate.master)::integer as masters,
       (select count(*) from buildrequests)::integer as submitted,
       (select count(*) from buildrequests r where r.complete <> 0)::integer as completed,
       (select count(*) from steps s where s.kind = 'claim' and s.before = 'claim')::integer as double_claims,
       (select count(*) from completions c where c.times > 1)::integer as double_completions,
       (select count(*) from buildrequests r
         where r.complete = 0 or not exists (select 1 from completions c where c.brid = r.id))::integer as lost,
       (select count(*) from steps s
         where s.kind = 'claim' and s.before = 'release' and s.holder <> s.masterid)::integer as reclaimed,
       (select count(*) from (
          select h.schedulerid, h.occasion from quorate.history h
           where h.kind = 'tick' group by h.schedulerid, h.occasion having count(*) > 1) d)::integer as ticks_doubled,
       (select count(*) from quorate.history h where h.kind = 'tick')::integer as ticks,
       (select count(*) from buildrequests r join quorate.tick t on t.buildsetid = r.buildsetid)::integer as ticked
