-- Each accepted completion by its attempt, to be compared with what the buildmasters' effect logs say. Read-only, no
-- lock.
select h.brid, h.attempt, m.name as master, h.results
  from quorate.history h join masters m on m.id = h.masterid
 where h.kind = 'complete'
 order by h.seq
