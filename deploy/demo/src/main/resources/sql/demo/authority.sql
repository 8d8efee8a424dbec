-- With what a master writes at this moment. Read-only, no lock: a picture.
select m.masterid, m.epoch, m.incarnation from quorate.master m where m.name = :master and m.state = 'active'
