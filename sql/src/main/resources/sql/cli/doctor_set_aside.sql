-- The buildrequests that are set aside. No lock.
select a.request, a.builder, a.reason, a.failures from quorate_v1.set_aside a order by a.request
