-- The buildsets that the upstream scheduler created while the dependent scheduler existed and was enabled, that
-- completed with success, and that the dependent scheduler has not followed yet; those of the last day only. A hint, no
-- lock: the key of the tick decides.
select b.id
  from schedulers up
  join quorate.tick t on t.schedulerid = up.id and t.committed_at > now() - interval '1 day'
  join buildsets b on b.id = t.buildsetid and b.complete = 1 and b.results in (0, 1)
  join schedulers down on down.name_hash = :hash
  join quorate.scheduler s on s.schedulerid = down.id and s.enabled_at < t.committed_at
 where up.name_hash = :upstream_hash
   and not exists (select 1 from quorate.tick f where f.schedulerid = down.id and f.occasion = 'buildset ' || b.id)
 order by b.id
