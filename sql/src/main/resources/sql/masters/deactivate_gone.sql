-- Housekeeping: marks the masters as inactive for Buildbot whose row was locked by another session when they failed.
-- Lock: the rows of Buildbot's table, for an instant; it skips those that are locked. The join reads the epoch's state,
-- which changes only under the lock of a row of quorate.master, so a master that registers now writes active after
-- this.
update masters b set active = 0
 where b.id in (
   select m.id from masters m join quorate.master q on q.masterid = m.id
    where q.state = 'dead' and m.active = 1
    order by q.masterid for no key update of q, m skip locked)
