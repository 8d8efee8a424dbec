-- How many stock masters are active, how many schedulers have an owner, and whether the builder exists. Read-only, no
-- lock.
select (select count(*) from masters m where m.active = 1)::integer as masters,
       (select count(*) from scheduler_masters s)::integer as owned,
       (select count(*) from builders b where b.name = :builder)::integer as builders
