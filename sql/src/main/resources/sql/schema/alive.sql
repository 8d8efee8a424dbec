-- The masters that are trusted and whose agent has a session in this database. No lock.
select m.name from quorate.master m join masters b on b.id = m.masterid
 where m.state = 'active'
   and exists (select 1 from pg_stat_activity a where a.application_name = 'quorate-agent:' || b.name_hash)
 order by m.name
