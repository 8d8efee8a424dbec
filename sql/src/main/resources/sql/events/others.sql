-- Whether another master takes part, to which something could be said. No lock: one that registers later has not asked yet.
select exists (select 1 from quorate.master m where m.masterid <> :masterid and m.state = 'active') as others
