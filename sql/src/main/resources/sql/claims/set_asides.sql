-- The buildrequests that are set aside now, and for how much longer. A hint, no lock.
select s.brid, ceil(extract(epoch from s.again_at - clock_timestamp()) * 1000)::bigint as millis
  from quorate.set_aside s where s.again_at > clock_timestamp()
