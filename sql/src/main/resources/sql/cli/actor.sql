-- Whom the history names for what this session changes. No lock.
select set_config('quorate.actor', :actor, false) as actor
