-- Lets a master take no new claims. Locks: those of the public function.
select quorate_v1.drain(:master, :why::text) as outcome
