-- The evidence of a buildmaster without the plugin. registered: builders of this master exist; the buildmaster writes
-- them when it starts, and a new epoch begins without any. stranger: the newest master without an agent that came up on
-- this machine. held: the number of its claims, by the rows that the triggers write beside Buildbot's. last_active: its
-- heartbeat; null before it has started and after it has ended. No lock.
select exists (select 1 from builder_masters o where o.masterid = :masterid) as registered,
       (select b.name from masters b
         where starts_with(b.name, :host || ':') and quorate.is_stock_alive(b.id)
         order by b.last_active desc, b.id desc limit 1) as stranger,
       (select count(*) from quorate.claim c where c.masterid = :masterid)::integer as held,
       (select b.last_active from masters b where b.id = :masterid and b.active = 1) as last_active,
       pg_postmaster_start_time()::text as server
