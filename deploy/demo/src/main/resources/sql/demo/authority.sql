-- The authority with which a master writes at this moment. Read-only, no lock.
select m.masterid, m.epoch, m.incarnation from quorate.master m where m.name = :master and m.state = 'active'
