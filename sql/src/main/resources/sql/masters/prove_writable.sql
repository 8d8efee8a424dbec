-- Writes nothing, and needs every right that a registration needs on the tables of both: it fails where a registration
-- would fail, before the registration costs a number of ZooKeeper's. Lock: none on rows.
with buildbot as (
  insert into masters (name, name_hash, active, last_active) select '', '', 0, 0 where false returning 1
), active as (
  update masters set active = active where false returning 1
), history as (
  insert into quorate.history (kind, actor) select 'register', '' where false returning 1
), enlisted as (
  insert into quorate.master (masterid, name, epoch, incarnation, state, changed_by, stock)
  select m.masterid, m.name, m.epoch, m.incarnation, m.state, m.changed_by, m.stock
    from quorate.master m where false
  returning 1
)
update quorate.master set changed_at = changed_at where false
