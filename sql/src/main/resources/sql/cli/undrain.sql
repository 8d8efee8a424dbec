-- Lets a master claim again. Locks: those of the public function.
select quorate_v1.undrain(:master, :why::text) as outcome
