-- What became of everything that a master held when a signal hit it, from the history alone: buildrequests that the
-- housekeeper released and that were then claimed again, and schedulers of which another master began the next term.
-- A buildrequest may be claimed by another master (only these claims count for the times) or, after it was woken, by
-- the same master in its next epoch. :signal is the database's clock just before the signal. Read-only, no lock.
with victim as (
  select m.id from masters m where m.name = :master),
released as (
  select h.brid, min(h.seq) as seq, min(h.at) as at
    from quorate.history h join victim v on v.id = h.masterid
   where h.kind = 'release' and h.leader_epoch is not null and h.at >= cast(:signal as timestamptz)
   group by h.brid),
reclaimed as (
  select r.brid, min(h.at) filter (where h.masterid <> v.id) as at
    from released r join quorate.history h on h.brid = r.brid and h.seq > r.seq cross join victim v
   where h.kind = 'claim'
   group by r.brid),
owned as (
  select o.schedulerid, o.seq
    from (select distinct on (h.schedulerid) h.schedulerid, h.seq, h.kind, h.masterid
            from quorate.history h
           where h.kind in ('own', 'disown') and h.at < cast(:signal as timestamptz)
           order by h.schedulerid, h.seq desc) o
    join victim v on v.id = o.masterid
   where o.kind = 'own'),
moved as (
  select o.schedulerid, min(h.at) as at
    from owned o join quorate.history h on h.schedulerid = o.schedulerid and h.seq > o.seq cross join victim v
   where h.kind = 'own' and h.masterid <> v.id
   group by o.schedulerid)
select (select count(*) from released)::integer as released,
       (select count(*) from reclaimed)::integer as reclaimed,
       (select count(*) from owned)::integer as owned,
       (select count(*) from moved)::integer as moved,
       (select extract(epoch from max(at) - cast(:signal as timestamptz)) from released)::float8 as last_release,
       (select extract(epoch from min(at) - cast(:signal as timestamptz)) from reclaimed)::float8 as first_reclaim,
       (select extract(epoch from max(at) - cast(:signal as timestamptz)) from reclaimed)::float8 as last_reclaim,
       (select extract(epoch from max(at) - cast(:signal as timestamptz)) from moved)::float8 as last_move
