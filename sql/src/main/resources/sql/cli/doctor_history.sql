-- How many coming days have a partition of the history. No lock.
select count(*) filter (where c.relname > 'history_' || to_char(now() at time zone 'utc', 'YYYYMMDD')) as days_ahead
  from pg_class c where c.relnamespace = 'quorate'::regnamespace and c.relname ~ '^history_[0-9]{8}$'
