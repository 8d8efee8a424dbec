-- I9: the history of a window as a certificate counts and hashes it, in the order of its key, which needs no sort. No
-- value depends on a setting of the session. The caller reads it by a cursor. Read-only, no lock. Window: from since
-- (null: the first row) up to, but without, until.
select h.seq, (extract(epoch from h.at) * 1000000)::bigint as at_micros, h.kind, h.brid, h.schedulerid, h.masterid,
       h.epoch, h.attempt::text, h.term, h.leader_epoch, h.results, h.occasion, h.actor, h.why
  from quorate.history h
 where h.at >= coalesce(cast(:since as timestamptz), '-infinity') and h.at < cast(:until as timestamptz)
 order by h.at, h.seq
