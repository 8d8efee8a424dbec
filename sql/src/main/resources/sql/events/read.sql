-- The events of the other masters, and of Quorate itself (masterid 0), that a buildmaster has not received: for each
-- master after the given position, or after the low-water mark floor. No lock: for one master the numbers are in the
-- order of the commits, so none can appear behind the position.
with heard as (
  select t.masterid, t.seq from unnest(:masterids::integer[], :seqs::bigint[]) as t(masterid, seq)),
speakers as (
  select m.masterid from quorate.master m where m.masterid <> :masterid
  union all
  select 0)
select e.masterid, e.seq, e.events::text as events
  from speakers s
  left join heard h on h.masterid = s.masterid
  cross join lateral (
    select n.masterid, n.seq, n.events
      from quorate.event n
     where n.masterid = s.masterid and n.seq > coalesce(h.seq, :floor)
     order by n.seq
     limit :limit) e
 order by e.seq
 limit :limit
