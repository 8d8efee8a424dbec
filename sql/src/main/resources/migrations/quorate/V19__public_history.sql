-- Locks: none on an existing table.

create view quorate_v1.history as
select h.seq,
       h.at,
       h.kind,
       h.brid as request,
       n.name as scheduler,
       m.name as master,
       h.epoch,
       h.attempt,
       h.term,
       h.leader_epoch,
       quorate.result_word(h.results) as results,
       h.occasion,
       h.actor,
       h.why
  from quorate.history h
  left join quorate.clustered_service n on n.schedulerid = h.schedulerid
  left join masters m on m.id = h.masterid;
comment on view quorate_v1.history is
  'brass: everything that happened, in the order of seq per request, master and scheduler. Give a lower bound of at, '
  'so that old days are not read.';

create view quorate_v1.failovers as
select f.at as fenced_at,
       m.name as master,
       f.epoch,
       f.leader_epoch,
       f.actor,
       f.why,
       seen.at as last_sign_at,
       r.released_at,
       r.claims,
       c.reclaimed_at,
       c.reclaimed,
       (extract(epoch from f.at - seen.at) * 1000)::bigint as detect_ms,
       (extract(epoch from r.released_at - f.at) * 1000)::bigint as release_ms,
       (extract(epoch from c.reclaimed_at - r.released_at) * 1000)::bigint as reclaim_ms
  from (select h.*, lead(h.at, 1, 'infinity') over (partition by h.masterid order by h.seq) as next_at
          from quorate.history h where h.kind = 'fence') f
  left join masters m on m.id = f.masterid
  left join lateral (
    select h.at from quorate.history h
     where h.at < f.at and h.at > f.at - interval '10 minutes' and h.actor = 'master:' || m.name
     order by h.at desc limit 1) seen on true
  cross join lateral (
    select max(h.at) as released_at, count(*) as claims, array_agg(h.brid) as brids
      from quorate.history h
     where h.kind = 'release' and h.masterid = f.masterid and h.epoch = f.epoch
       and h.at >= f.at and h.at < least(f.next_at, f.at + interval '1 hour')) r
  cross join lateral (
    select min(h.at) as reclaimed_at, count(distinct h.brid) as reclaimed
      from quorate.history h
     where h.kind = 'claim' and h.brid = any(r.brids) and h.at >= r.released_at
       and h.at < least(f.next_at, f.at + interval '1 day')) c;
comment on view quorate_v1.failovers is
  'brass: one row per fence, with the epoch that it ended: the last write of the master in the ten minutes before it, '
  'when its claims were released, and when the first of them was claimed again. Null: not yet, or nothing was held.';

-- Six times within a minute is a fault, as quorate.explain_releases has it too. A cloud worker that cannot be started
-- gives back three times, with growing pauses.
create view quorate_v1.given_back as
select v.request, b.name as builder, m.name as master, v.times, v.why
  from (select h.brid as request, count(*) as times, (array_agg(h.masterid order by h.seq desc))[1] as masterid,
               (array_agg(h.why order by h.seq desc))[1] as why
          from quorate.history h
         where h.kind = 'release' and h.at > now() - interval '1 minute'
         group by h.brid
        having count(*) >= 6) v
  join buildrequests r on r.id = v.request and r.complete = 0
  join builders b on b.id = r.builderid
  left join masters m on m.id = v.masterid;
comment on view quorate_v1.given_back is
  'sticker: one row per open buildrequest that was claimed and given back six times or more within the last minute: '
  'how often, by which master last, and why.';
