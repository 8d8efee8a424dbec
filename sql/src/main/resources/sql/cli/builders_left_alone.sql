-- The builders that some of these masters offer now, and that no other open master offers. No lock.
select b.name as builder, coalesce(q.pending, 0) as pending
  from builders b
  join quorate_v1.builders q on q.builderid = b.id
 where exists (select 1 from builder_masters o join quorate_v1.masters m on m.masterid = o.masterid
                where o.builderid = b.id and m.name = any(:masters::text[]) and m.state = 'active')
   and not exists (select 1 from builder_masters o join quorate_v1.masters m on m.masterid = o.masterid
                    where o.builderid = b.id and m.name <> all(:masters::text[]) and m.state in ('active', 'stock'))
 order by q.pending desc, b.name
