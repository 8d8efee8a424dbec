-- Requests that a master's epoch end, together with its buildmaster. Locks: those of the public function.
select quorate_v1.restart(:master, :why::text) as outcome
