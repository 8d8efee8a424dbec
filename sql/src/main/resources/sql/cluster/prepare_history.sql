-- Partitions of the history for the days to come. Lock: an advisory one; where a day is missing SHARE UPDATE EXCLUSIVE on the
-- history, which no writer meets.
select quorate.prepare_history(:days)
