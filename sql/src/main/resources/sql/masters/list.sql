-- The masters, for the housekeeper's decision. No lock: T5 checks everything again under its locks.
-- A master that is held counts as draining, if it has the plugin: without it a drain would end its buildmaster.
select m.masterid, m.name, m.epoch, m.incarnation, m.state,
       m.draining or not m.stock and exists (select 1 from quorate.hold) and quorate.is_held(null, m.masterid)
         as draining
  from quorate.master m order by m.masterid
