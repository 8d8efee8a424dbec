-- FENCE for a look-up of what happened (I3): the exclusive lock waits for every open transaction of this authority, so that
-- "not there" cannot be overtaken by a commit that is still on its way.
select m.draining, m.name
  from quorate.master m
 where m.masterid = :masterid and m.epoch = :epoch and m.incarnation = :incarnation and m.state = 'active'
   for update
