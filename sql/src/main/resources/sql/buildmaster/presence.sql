-- What a buildmaster without the plugin shows of itself. registered: builders of this master, which it writes when it starts; a
-- new epoch begins without. stranger: the newest master without an agent that came up on this machine. A picture, no lock.
select exists (select 1 from builder_masters o where o.masterid = :masterid) as registered,
       (select b.name from masters b
         where starts_with(b.name, :host || ':') and quorate.is_stock_alive(b.id)
         order by b.last_active desc, b.id desc limit 1) as stranger
