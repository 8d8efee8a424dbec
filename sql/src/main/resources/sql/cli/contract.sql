-- The public contract, object by object. No lock.
select c.object, c.kind, c.promise, c.since, c.description from quorate_v1.contract c order by c.kind desc, c.object
