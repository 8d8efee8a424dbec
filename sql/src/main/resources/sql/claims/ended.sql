-- After a commit with an unknown outcome: which of these attempts of this authority ended with this kind of history
-- row, complete or release (I3, I4). The caller holds the master's row for update.
select h.brid
  from unnest(:brids::integer[], :attempts::uuid[]) as t(brid, attempt)
  join quorate.history h on h.brid = t.brid and h.attempt = t.attempt
 where h.kind = :kind and h.masterid = :masterid and h.epoch = :epoch
