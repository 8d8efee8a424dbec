-- The clock that ages are counted by. No lock.
select clock_timestamp() as now
