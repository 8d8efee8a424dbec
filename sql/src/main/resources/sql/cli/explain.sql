-- The checks between a buildrequest and its start. No lock.
select e.check_name as check, e.passes, e.detail, e.remedy from quorate_v1.explain(:id) e
