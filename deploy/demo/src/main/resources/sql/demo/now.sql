-- The database's clock, the only one by which the demo measures. No lock.
select clock_timestamp() as now
