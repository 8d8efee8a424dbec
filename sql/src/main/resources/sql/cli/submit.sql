-- Queues buildrequests and returns their ids. Locks: those of the public function.
select s.id from quorate_v1.submit(:builder, :properties::jsonb, :priority, :reason, :count) as s(id) order by s.id
