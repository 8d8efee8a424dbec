-- The indexes without which a claim reads the whole queue, and housekeeping reads all builds. No lock.
select n.name, coalesce(i.indisvalid, false) as usable
  from (values ('quorate_pending'), ('quorate_open'), ('quorate_running'), ('quorate_children'),
               ('buildrequest_claims_brids')) as n(name)
  left join pg_class c on c.relname = n.name and c.relkind = 'i'
  left join pg_index i on i.indexrelid = c.oid
 order by n.name
