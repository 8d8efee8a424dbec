-- Quorate's indexes on Buildbot's tables: whether each exists and is usable, and about how many rows its creation
-- reads. No lock.
select n.name, n.relation, i.indexrelid is not null as there, coalesce(i.indisvalid, false) as usable,
       greatest(t.reltuples::bigint, pg_stat_get_live_tuples(t.oid), 0) as rows
  from (values ('quorate_pending', 'buildrequests'), ('quorate_open', 'buildrequests'), ('quorate_running', 'builds'),
               ('quorate_children', 'buildsets')) as n(name, relation)
  join pg_class t on t.oid = to_regclass('public.' || n.relation)
  left join pg_index i on i.indrelid = t.oid and i.indexrelid = to_regclass('public.' || n.name)
 order by n.name
