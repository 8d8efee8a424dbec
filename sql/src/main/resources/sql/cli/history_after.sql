-- The history after a given row, for following it. Two transactions may commit in another order than that of seq; so
-- the statement looks ten seconds back, and the caller omits the rows that it has shown. No lock.
select h.seq, h.at, h.kind, h.request, h.scheduler, h.master, h.epoch, h.attempt, h.term, h.leader_epoch, h.results,
       h.occasion, h.actor, h.why
  from quorate_v1.history h
 where h.at >= clock_timestamp() - interval '10 seconds' and h.seq > :seq
   and (:master::text is null or h.master = :master::text)
   and (:request::integer is null or h.request = :request::integer)
   and (:kinds::text[] is null or h.kind = any(:kinds::text[]))
 order by h.at, h.seq
