-- The builders with pending buildrequests, each with every master that has it, whatever the master's state. No lock.
select q.name as builder, q.pending,
       (select coalesce(array_agg(m.name order by m.name), '{}')
          from builder_masters o join masters m on m.id = o.masterid where o.builderid = q.builderid) as masters
  from quorate_v1.builders q
 where q.pending > 0
 order by q.oldest_pending_at, q.name
