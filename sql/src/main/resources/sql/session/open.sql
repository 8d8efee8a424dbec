-- Gives a new session its settings, whatever its role or its database sets, and returns how PostgreSQL shows each of
-- them, what the session is connected to, and the identity that the database records (session/recorded). A setting that
-- this version of PostgreSQL lacks is null. Locks nothing.
with given as (
  select w.position,
         case when current_setting(w.name, true) is null then null
              -- only some systems report that a connection was closed; the others refuse the setting
              when w.name = 'client_connection_check_interval' and version() !~ 'linux' then null
              else set_config(w.name, w.value, false) end as value
  from unnest(:names::text[], :values::text[]) with ordinality as w(name, value, position)
)
select pg_backend_pid() as backend_pid,
       pg_is_in_recovery() as standby,
       (select c.system_identifier from pg_control_system() c) as system_identifier,
       (select d.oid::bigint from pg_database d where d.datname = current_database()) as database_oid,
       -- after a promotion the last checkpoint may still be of the old timeline; WAL is written on the new one at once
       case when pg_is_in_recovery() then (select c.timeline_id from pg_control_checkpoint() c)
            else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer end as timeline,
       (select array_agg(g.value order by g.position) from given g) as given,
       (r.json ->> 'cluster_uuid')::uuid as cluster_uuid,
       (r.json ->> 'database_uuid')::uuid as database_uuid,
       array(select f.value::uuid from json_array_elements_text(r.json -> 'former_uuids') as f(value)) as former_uuids,
       (r.json ->> 'ensemble_uuid')::uuid as ensemble_uuid,
       (r.json ->> 'system_identifier')::bigint as recorded_system_identifier,
       (r.json ->> 'database_oid')::bigint as recorded_database_oid,
       (r.json ->> 'timeline')::integer as recorded_timeline
  from (select nullif(current_setting('quorate.recorded', true), '')::json as json) r
