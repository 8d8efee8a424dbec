-- Stops all schedulers through the public function. Locks: a row each.
select count(quorate_v1.enable(s.name, false, 'the demo ends'))::integer as asked from quorate_v1.schedulers s
