-- The buildrequests that are claimed and given back over and over. No lock.
select g.request, g.builder, g.master, g.times, g.why from quorate_v1.given_back g order by g.times desc, g.request
