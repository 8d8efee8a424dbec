-- Writes the events of this master's buildmaster for the others, one row per batch, in the given order. The caller
-- holds the fence, and nothing else writes events of this master; so for one master the order of seq is the order of
-- the commits.
with written as (
  insert into quorate.event (masterid, attempt, events)
  select :masterid::integer, :attempt, t.events::json
    from unnest(:batches::text[]) with ordinality as t(events, place)
   order by t.place
  returning seq)
select count(*)::integer as written,
       (select pg_notify('quorate_event', (:masterid::integer)::text)) is null as published
  from written
