-- T5, T1: bounds each wait for a lock of this transaction, so that what stands in the way is looked at early. No lock.
select set_config('lock_timeout', least(:milliseconds::integer, s.setting::integer)::text, true)
  from pg_settings s where s.name = 'lock_timeout'
