-- The public contract (V15 to V26): the views that any program with a PostgreSQL driver may read, and the functions
-- that it may call. The tables behind them may change in any release. The comment of each object begins with its
-- promise: granite never changes within v1 (columns are only added at the end), brass changes with 12 months' notice,
-- sticker may change in any release. All times are timestamptz by the database's clock.
-- Locks: none on an existing table.

create schema quorate_v1;
comment on schema quorate_v1 is
  'granite: what programs other than Quorate''s own may use. Start with: select * from quorate_v1.contract';

-- The promise of each object, read from its comment, so that the two cannot differ.
create view quorate_v1.contract as
select o.object,
       o.kind,
       split_part(o.comment, ':', 1) as promise,
       'v1' as since,
       ltrim(substr(o.comment, strpos(o.comment, ':') + 1)) as description
  from (
    select c.relname::text as object, 'view' as kind, coalesce(obj_description(c.oid, 'pg_class'), '') as comment
      from pg_class c where c.relnamespace = 'quorate_v1'::regnamespace and c.relkind = 'v'
    union all
    select p.proname || '(' || pg_get_function_arguments(p.oid) || ')', 'function',
           coalesce(obj_description(p.oid, 'pg_proc'), '')
      from pg_proc p where p.pronamespace = 'quorate_v1'::regnamespace) o;
comment on view quorate_v1.contract is 'granite: this list: every public view and function with its promise.';

-- Returns Buildbot's result code as a word, or null if there is no result.
create function quorate.result_word(code integer) returns text language sql immutable as $$
  select case code when 0 then 'success' when 1 then 'warnings' when 2 then 'failure' when 3 then 'skipped'
                   when 4 then 'exception' when 5 then 'retry' when 6 then 'cancelled' end
$$;

create view quorate_v1.cluster as
select c.name,
       c.cluster_uuid,
       c.founded_at,
       quorate.schema_version() as schema_version,
       m.name as leader,
       l.epoch as leader_epoch,
       case when m.name is not null then l.since end as leader_since,
       c.database_uuid,
       c.timeline,
       case when c.former_uuids <> '{}' then c.identified_at end as replaced_at
  from quorate.cluster c
  cross join quorate.leader l
  left join quorate.master m on m.masterid = l.masterid and m.incarnation = l.incarnation and m.state = 'active';
comment on view quorate_v1.cluster is
  'granite: one row: the name of this cluster, its schema version, the housekeeper, if its incarnation is still '
  'active, and the identity of the database, with the time of its last promotion or restore.';
