-- One master, for a plan and for waiting. No lock.
select m.name, m.state, m.draining, m.claims, m.schedulers, m.plugin from quorate_v1.masters m where m.name = :name
