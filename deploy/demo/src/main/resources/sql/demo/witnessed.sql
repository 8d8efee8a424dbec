-- Compares the accepted completions with Buildbot's own builds: how many builds were started, and how many completions
-- (I3) do not have exactly one build of the master that completed, begun under that very claim and ended with those
-- results. A build that housekeeping ended as RETRY explains no completion, nor does one whose master died before it
-- could complete. The compared times are of one machine, and builds.started_at is in whole seconds. Read-only, no lock.
with accepted as (
  select h.seq, h.brid, h.masterid, h.results, min(c.at) as claimed_at
    from quorate.history h
    left join quorate.history c on c.kind = 'claim' and c.brid = h.brid and c.attempt = h.attempt
   where h.kind = 'complete'
   group by h.seq, h.brid, h.masterid, h.results)
select (select count(*) from builds)::integer as started,
       (select count(*) from accepted a
         where (select count(*) from builds b
                 where b.buildrequestid = a.brid and b.masterid = a.masterid and b.complete_at is not null
                   and b.results = a.results and b.results <> 5
                   and b.started_at >= floor(extract(epoch from a.claimed_at))) <> 1)::integer as unexplained
