-- What kind of database this is, and what this role may do in it. No lock.
select to_regclass('public.buildrequests') is not null as buildbot,
       (select min(quote_ident(n.nspname))
          from pg_namespace n
          join pg_class r on r.relnamespace = n.oid and r.relname = 'buildrequests'
          join pg_class m on m.relnamespace = n.oid and m.relname = 'masters'
         where n.nspname <> 'public') as elsewhere,
       coalesce(has_table_privilege(to_regclass('public.alembic_version'), 'select'), false) as stamped,
       to_regclass('quorate.flyway_standalone') is not null as standalone,
       to_regnamespace('quorate') is not null as occupied,
       to_regclass('quorate.flyway_history') is not null as ours,
       has_database_privilege(current_database(), 'create') as creative,
       current_user::text as role
