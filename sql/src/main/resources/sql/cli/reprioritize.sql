-- Gives one buildrequest another place in the queue. Locks: those of the public function.
select quorate_v1.reprioritize(:id, :priority, :why::text) as outcome
