-- Buildrequests as Buildbot itself would write them, for a database in which nothing of Quorate was installed. Locks:
-- those of an insert.
with sourcestamp as (
  insert into sourcestamps (ss_hash, repository, codebase, project, created_at)
  values ('demo', '', '', '', extract(epoch from now())::integer)
  returning id),
buildset as (
  insert into buildsets (reason, submitted_at, complete, results)
  select 'demo', extract(epoch from now())::integer, 0, -1 from generate_series(1, :count)
  returning id),
its_sourcestamp as (
  insert into buildset_sourcestamps (buildsetid, sourcestampid)
  select b.id, s.id from buildset b cross join sourcestamp s),
its_pace as (
  insert into buildset_properties (buildsetid, property_name, property_value)
  select b.id, 'pace', '["' || :pace || '", "demo"]' from buildset b),
buildrequest as (
  insert into buildrequests (buildsetid, builderid, priority, complete, results, submitted_at, waited_for)
  select b.id, (select w.id from builders w where w.name = :builder), 0, 0, -1, extract(epoch from now())::integer, 0
    from buildset b
  returning id)
select count(*)::integer as submitted from buildrequest
