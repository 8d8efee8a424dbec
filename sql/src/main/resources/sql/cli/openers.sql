-- The masters that may claim a builder's requests now. No lock.
select m.name
  from builders b
  join builder_masters o on o.builderid = b.id
  join quorate_v1.masters m on m.masterid = o.masterid and m.state in ('active', 'stock')
 where b.name = :builder
 order by m.name
