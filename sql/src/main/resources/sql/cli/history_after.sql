-- What happened after this one, for following. Two transactions may commit out of the order of seq, so the look reaches
-- a few seconds back, and who asks leaves out what it has shown. No lock.
select h.seq, h.at, h.kind, h.request, h.scheduler, h.master, h.epoch, h.attempt, h.term, h.leader_epoch, h.results,
       h.occasion, h.actor, h.why
  from quorate_v1.history h
 where h.at >= clock_timestamp() - interval '10 seconds' and h.seq > :seq
   and (:master::text is null or h.master = :master::text)
   and (:request::integer is null or h.request = :request::integer)
   and (:kind::text is null or h.kind = :kind::text)
 order by h.at, h.seq
