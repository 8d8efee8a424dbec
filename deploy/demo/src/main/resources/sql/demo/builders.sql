-- The builders' queues, and how many living masters offer each. Read-only, no lock.
select b.name, b.pending::integer as pending, b.running::integer as running, cardinality(b.masters) as masters,
       (select count(*) from buildrequests r where r.builderid = b.builderid and r.complete <> 0)::integer as completed
  from quorate_v1.builders b
 order by b.name
