-- T7: creates the buildset and its buildrequests in the transaction of the tick.
select quorate.add_buildset(
  :buildsetid,
  (select coalesce(array_agg(b.id order by b.id), '{}') from builders b where b.name_hash = any(:hashes::text[])),
  :priority, :reason,
  :properties::jsonb || jsonb_build_object('scheduler', :scheduler::text), 'Scheduler')
