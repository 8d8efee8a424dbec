-- Housekeeping: what was said more than an hour ago. Lock: the rows' own, which nobody changes.
delete from quorate.event e where e.at < clock_timestamp() - interval '1 hour'
