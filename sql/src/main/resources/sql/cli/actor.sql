-- Sets the actor that the history records for this session's changes. No lock.
select set_config('quorate.actor', :actor, false) as actor
