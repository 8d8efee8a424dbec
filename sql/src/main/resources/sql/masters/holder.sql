-- The incarnation that holds this epoch; no row: the epoch is over. No lock: only the resumption itself decides.
select m.incarnation from quorate.master m where m.name = :name and m.epoch = :epoch and m.state = 'active'
