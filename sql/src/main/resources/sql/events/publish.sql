-- What this master's buildmaster has to say to the others', a row a batch, in the order given. The caller holds the fence, and
-- nothing else of this master writes here, so that for one master seq is the order of the commits.
with written as (
  insert into quorate.event (masterid, attempt, events)
  select :masterid::integer, :attempt, t.events::json
    from unnest(:batches::text[]) with ordinality as t(events, place)
   order by t.place
  returning seq)
select count(*)::integer as written, (select pg_notify('quorate_event', (:masterid::integer)::text)) is null as told from written
