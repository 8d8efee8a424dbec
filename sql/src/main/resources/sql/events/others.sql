-- Whether another active master exists that could receive events. No lock: a master that registers later has not asked
-- yet.
select exists (select 1 from quorate.master m where m.masterid <> :masterid and m.state = 'active') as others
