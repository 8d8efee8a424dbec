-- The holds. No lock.
select h.kind, h.name, h.actor, h.since, h.until, h.why from quorate_v1.holds h
 order by h.kind <> 'everything', h.kind, h.name
