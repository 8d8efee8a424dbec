-- The masters that have an agent, whose claims are the housekeeper's business. No lock.
select q.masterid from quorate.master q
