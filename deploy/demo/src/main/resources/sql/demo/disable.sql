-- Disables all schedulers through the public function. Locks: one row for each.
select count(quorate_v1.enable(s.name, false, 'the demo ends'))::integer as asked from quorate_v1.schedulers s
