-- The masters, for the housekeeper's decision. No lock: T5 checks everything again under its locks.
select m.masterid, m.name, m.epoch, m.incarnation, m.state, m.draining from quorate.master m order by m.masterid
