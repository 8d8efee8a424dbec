-- Each accepted completion by its attempt, for the comparison with the buildmasters' effect logs. Read-only, no lock.
select h.brid, h.attempt, m.name as master, h.results
  from quorate.history h join masters m on m.id = h.masterid
 where h.kind = 'complete'
 order by h.seq
