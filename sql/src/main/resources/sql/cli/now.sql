-- The database's clock, by which ages are computed. No lock.
select clock_timestamp() as now
