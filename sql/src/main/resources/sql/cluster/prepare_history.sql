-- Housekeeping: creates the partitions of the history for the coming days. Lock: an advisory one; if a day is missing,
-- SHARE UPDATE EXCLUSIVE on the history, which does not block writers.
select quorate.prepare_history(:days)
