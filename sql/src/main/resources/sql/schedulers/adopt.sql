-- Gives each of these schedulers and change sources its row of terms. Lock: the rows' own, by the key.
insert into quorate.scheduler (schedulerid)
select n.schedulerid from quorate.clustered_service n where n.hash = any(:hashes::text[]) order by n.schedulerid
on conflict (schedulerid) do nothing
