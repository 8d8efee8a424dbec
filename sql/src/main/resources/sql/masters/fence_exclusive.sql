-- FENCE for a look-up of what was committed (I3): the exclusive lock waits for every open transaction of this
-- authority, so that no commit can follow after the answer "not there". It returns what masters/fence does.
select m.draining or not m.stock and exists (select 1 from quorate.hold) and quorate.is_held(null, m.masterid)
         as draining,
       exists (select 1 from quorate.hold) as holds, m.name
  from quorate.master m
 where m.masterid = :masterid and m.epoch = :epoch and m.incarnation = :incarnation and m.state = 'active'
   for update
