-- Buildbot's tables that get Quorate's triggers: about how many rows each has, how many of the triggers exist, and
-- whether this role may change the table. No lock.
select g.relation, greatest(c.reltuples::bigint, pg_stat_get_live_tuples(c.oid), 0) as rows,
       (select count(*) from pg_trigger t join pg_proc p on p.oid = t.tgfoid
         where t.tgrelid = c.oid and p.pronamespace = to_regnamespace('quorate')) as triggers,
       pg_get_userbyid(c.relowner)::text as owner, pg_has_role(c.relowner, 'usage') as changeable
  from (values ('buildrequest_claims'), ('buildrequests'), ('buildsets'), ('buildset_properties'), ('builds'),
               ('masters'), ('scheduler_masters'), ('changesource_masters'), ('builder_masters'), ('connected_workers'),
               ('configured_workers'), ('object_state'), ('schedulers')) as g(relation)
  join pg_class c on c.oid = to_regclass('public.' || g.relation)
