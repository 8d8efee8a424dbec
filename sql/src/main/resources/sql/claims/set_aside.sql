-- Sets a buildrequest aside for which the database fails, or does so once more: for 10 s at first, then twice as long
-- each time, up to ten minutes. Returns for how long. Lock: the row, for an instant. No fence: the row decides nothing.
insert into quorate.set_aside as s (brid, masterid, reason, again_at)
values (:brid, :masterid, left(:reason, 500), clock_timestamp() + interval '10 seconds')
on conflict (brid) do update
   set masterid = excluded.masterid, reason = excluded.reason, failures = s.failures + 1,
       again_at = clock_timestamp() + least(interval '10 minutes', interval '10 seconds' * 2 ^ least(s.failures, 10))
returning ceil(extract(epoch from s.again_at - clock_timestamp()) * 1000)::bigint
