-- The housekeeper vouches for the masters that have an agent, so that no stock master's ten-minute expiry takes one for dead that
-- is only slow. Of a buildmaster without the plugin this is the one sign of life, which its agent watches: of those only shortly
-- before that expiry. A time ahead of now stays. Lock: the rows' own, of Buildbot's table, each in passing.
update masters b set last_active = extract(epoch from now())::integer
  from quorate.master q
 where q.masterid = b.id and q.state = 'active'
   and b.last_active < extract(epoch from now())::integer - case when q.stock then 480 else 20 end
