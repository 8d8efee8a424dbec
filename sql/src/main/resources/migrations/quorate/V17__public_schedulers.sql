-- Locks: none on an existing table.

create view quorate_v1.schedulers as
select n.name,
       n.schedulerid,
       m.name as owner,
       coalesce(s.term, 0) as term,
       n.enabled <> 0 as enabled,
       p.name as preferred,
       s.changed_at,
       t.committed_at as last_tick_at,
       t.occasion as last_tick,
       t.buildsetid as last_buildsetid
  from quorate.clustered_service n
  left join quorate.scheduler s on s.schedulerid = n.schedulerid
  left join quorate.master m on m.masterid = s.masterid and m.epoch = s.epoch and m.state = 'active'
  left join quorate.master p on p.masterid = s.preferred_masterid
  left join lateral (
    select k.committed_at, k.occasion, k.buildsetid from quorate.tick k
     where k.schedulerid = n.schedulerid order by k.tick_at desc limit 1) t on true;
comment on view quorate_v1.schedulers is
  'granite: one row per scheduler, and one per change source, whose name begins with changesource: and whose '
  'schedulerid is negative. owner is null unless the owner''s row is active in the epoch of the term; changed_at is '
  'when the term began or ended.';
