-- The history, oldest first: the last rows within the limit, after a lower bound, so that old days are not read. No
-- lock.
select * from (
  select h.seq, h.at, h.kind, h.request, h.scheduler, h.master, h.epoch, h.attempt, h.term, h.leader_epoch, h.results,
         h.occasion, h.actor, h.why
    from quorate_v1.history h
   where h.at >= clock_timestamp() - make_interval(secs => :since_seconds)
     and (:master::text is null or h.master = :master::text)
     and (:request::integer is null or h.request = :request::integer)
     and (:kinds::text[] is null or h.kind = any(:kinds::text[]))
   order by h.at desc, h.seq desc
   limit :limit) newest
 order by newest.at, newest.seq
