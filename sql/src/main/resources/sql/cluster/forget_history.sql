-- Housekeeping: drops the days of the history that are older than the given number of days, with the ticks of those
-- days. Lock: ACCESS EXCLUSIVE on the history, at most once a day; it waits at most for the lock timeout.
select quorate.forget_history(:days)
