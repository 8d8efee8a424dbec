-- Housekeeping: deletes the events that are older than an hour. Lock: the deleted rows, which nobody changes.
delete from quorate.event e where e.at < clock_timestamp() - interval '1 hour'
