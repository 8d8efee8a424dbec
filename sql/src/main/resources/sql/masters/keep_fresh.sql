-- Refreshes last_active of the masters that have an agent, so that a stock master, which expires others after ten
-- minutes, does not take a slow one for dead. Masters without the plugin are refreshed only after 480 s, since their
-- agent reads this column as the buildmaster's heartbeat. A time in the future stays: the column never moves back.
-- Lock: each row of Buildbot's table for an instant; it skips a row that another session has locked.
update masters b set last_active = extract(epoch from now())::integer
 where b.id in (
   select m.id from masters m join quorate.master q on q.masterid = m.id
    where q.state = 'active'
      and m.last_active < extract(epoch from now())::integer - case when q.stock then 480 else 20 end
    order by m.id for no key update of m skip locked)
