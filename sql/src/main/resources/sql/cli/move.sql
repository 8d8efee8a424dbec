-- Sets the master that should own a scheduler. Locks: those of the public function.
select quorate_v1.move(:scheduler, :master::text, :why::text) as outcome
