-- The masters, with what each holds and has completed. Read-only, no lock.
select m.name, m.state, m.epoch, m.claims::integer as claims, m.schedulers::integer as schedulers, m.leads,
       (select count(*) from quorate.history h
         where h.kind = 'complete' and h.masterid = m.masterid)::integer as completed
  from quorate_v1.masters m
 order by m.name
