-- The master that should own this scheduler. Locks: those of the public function.
select quorate_v1.move(:scheduler, :master::text, :why::text) as outcome
