-- The master's epoch ends, with its buildmaster. Locks: those of the public function.
select quorate_v1.restart(:master, :why::text) as outcome
