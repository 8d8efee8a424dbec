-- The triggers that Quorate created on tables of others, and the statement that drops each. No lock.
select t.tgrelid::regclass::text as relation, t.tgname::text as name,
       format('drop trigger %I on %s', t.tgname, t.tgrelid::regclass) as statement
  from pg_trigger t
  join pg_proc p on p.oid = t.tgfoid and p.pronamespace = to_regnamespace('quorate')
  join pg_class c on c.oid = t.tgrelid and c.relnamespace <> to_regnamespace('quorate')
 where not t.tgisinternal
 order by 1, 2
