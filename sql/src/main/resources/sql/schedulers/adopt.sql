-- Creates the row for terms of each of these schedulers and change sources. Lock: the new rows, by their key.
insert into quorate.scheduler (schedulerid)
select n.schedulerid from quorate.clustered_service n where n.hash = any(:hashes::text[]) order by n.schedulerid
on conflict (schedulerid) do nothing
