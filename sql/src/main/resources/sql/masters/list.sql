-- A picture for the housekeeper's look; T5 checks everything again under lock.
select m.masterid, m.name, m.epoch, m.incarnation, m.state, m.draining from quorate.master m order by m.masterid
