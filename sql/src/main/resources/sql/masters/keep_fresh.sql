-- Refreshes last_active of the masters that have an agent, so that a stock master, which expires others after ten
-- minutes, does not take a slow one for dead. Masters without the plugin are refreshed only after 480 s, since their
-- agent reads this column as the buildmaster's heartbeat. A time in the future stays: the column never moves back.
-- Lock: each row of Buildbot's table for an instant.
update masters b set last_active = extract(epoch from now())::integer
  from quorate.master q
 where q.masterid = b.id and q.state = 'active'
   and b.last_active < extract(epoch from now())::integer - case when q.stock then 480 else 20 end
