-- Housekeeping: drops the days of history that are older than so many, and the ticks of those days. Lock: the history, ACCESS
-- EXCLUSIVE, at most once a day and not waited for.
select quorate.forget_history(:days)
