-- I5: an incomplete buildrequest is claimable or claimed by an active master: none is lost. I2 checks whether Quorate's
-- claims are alive. This statement finds the buildrequests that no agent will ever look at: those that are neither
-- complete nor incomplete, and those that Buildbot's table gives to a master that is dead or, in a standalone database,
-- to a master that Quorate does not know. Read-only, no lock. Window: the buildrequests submitted after since (null:
-- all); none if until is given, since these tables hold the present.
with asked as (
  select coalesce(extract(epoch from cast(:since as timestamptz)), 0) as since,
         to_regclass('quorate.flyway_standalone') is not null as standalone,
         cast(:until as timestamptz) is null as present)
select format('buildrequest %s is neither complete nor incomplete', r.id) as what
  from buildrequests r cross join asked a
 where (r.complete is null or r.complete not in (0, 1)) and r.submitted_at >= a.since and a.present
union all
select format('buildrequest %s is lost: buildrequest_claims names master %s, %s, and no agent holds it',
              r.id, b.masterid,
              coalesce('which is ' || m.state, 'which has no agent'))
  from buildrequests r cross join asked a
  join buildrequest_claims b on b.brid = r.id
  left join quorate.claim c on c.brid = r.id
  left join quorate.master m on m.masterid = b.masterid
 where r.complete = 0 and c.brid is null and r.submitted_at >= a.since and a.present
   and (m.state = 'dead' or a.standalone)
