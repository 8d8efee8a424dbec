-- The housekeeper vouches for the masters that have an agent, so that no stock master's ten-minute expiry takes one for dead that
-- is only slow. A time ahead of now stays. Lock: the rows' own, of Buildbot's table, each in passing.
update masters set last_active = extract(epoch from now())::integer
 where id in (select q.masterid from quorate.master q where q.state = 'active')
   and last_active < extract(epoch from now())::integer - 20
