-- The masters that have an agent: the housekeeper releases their claims. No lock.
select q.masterid from quorate.master q
