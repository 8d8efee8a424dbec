-- Whether these builders have anything to claim (I5): the slow poll behind the hints. No lock: a claim decides.
select exists (
  select 1 from buildrequests r
   where r.builderid = any(:builderids::integer[]) and r.complete = 0
     and not exists (select 1 from buildrequest_claims c where c.brid = r.id)) as pending
