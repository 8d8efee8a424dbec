-- Housekeeping: the dead masters that still have running builds in Buildbot's table, since another session had locked
-- these rows when the master failed. It locks the rows of these masters, so that none of them registers meanwhile.
select q.masterid from quorate.master q
 where q.state = 'dead'
   and exists (select 1 from builds b where b.masterid = q.masterid and b.complete_at is null)
 order by q.masterid for update of q skip locked
