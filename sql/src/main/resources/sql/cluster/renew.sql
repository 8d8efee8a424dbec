-- Gives the database a new identity after a promotion, or after a restore by PostgreSQL's recovery: both begin a new
-- timeline. Only the first agent that sees it changes the row; nobody does if the identity is not the expected one, or
-- if the database is a copy. Lock: the row, for update.
with before as (
  select c.database_uuid, c.timeline, h.timeline as timeline_here
    from quorate.cluster c
    join quorate.here() h on h.system_identifier = c.system_identifier and h.database_oid = c.database_oid
   where c.database_uuid = :database and h.timeline > c.timeline
     for update of c),
renewed as (
  update quorate.cluster c
     set database_uuid = gen_random_uuid(), former_uuids = b.database_uuid || c.former_uuids,
         identified_at = clock_timestamp(), timeline = b.timeline_here
    from before b
  returning b.timeline as timeline_before, c.timeline)
insert into quorate.history (kind, actor, why)
select 'identity', :actor,
       format('the database was promoted or restored: timeline %s after %s', r.timeline, r.timeline_before)
  from renewed r
