-- The failovers, newest first. No lock.
select f.fenced_at, f.master, f.epoch, f.leader_epoch,
       coalesce((select 'leader ' || m.name from masters m where f.actor = 'leader:' || m.id), f.actor) as actor, f.why,
       f.last_sign_at, f.released_at, f.claims,
       f.reclaimed_at, f.reclaimed, f.detect_ms, f.release_ms, f.reclaim_ms
  from quorate_v1.failovers f
 where f.fenced_at >= clock_timestamp() - make_interval(secs => :since_seconds)
 order by f.fenced_at desc
 limit :limit
