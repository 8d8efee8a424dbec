-- The views of others that read Quorate's objects: dropping Quorate's schemas would drop them too. No lock.
with ours as (select n.oid from pg_namespace n where n.nspname in ('quorate', 'quorate_v1'))
select distinct c.oid::regclass::text as name
  from pg_depend d
  join pg_rewrite w on w.oid = d.objid and d.classid = 'pg_rewrite'::regclass
  join pg_class c on c.oid = w.ev_class and c.relnamespace not in (select oid from ours)
 where d.refclassid = 'pg_class'::regclass
   and d.refobjid in (select r.oid from pg_class r where r.relnamespace in (select oid from ours))
    or d.refclassid = 'pg_proc'::regclass
   and d.refobjid in (select p.oid from pg_proc p where p.pronamespace in (select oid from ours))
 order by 1
