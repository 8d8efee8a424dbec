-- How many stock masters of these run, with the schedulers of the demo owned. Read-only, no lock.
select (select count(*) from masters m where m.active = 1)::integer as masters,
       (select count(*) from scheduler_masters s)::integer as owned,
       (select count(*) from builders b where b.name = :builder)::integer as builders
