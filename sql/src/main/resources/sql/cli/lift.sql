-- Ends a hold. Locks: those of the public function.
select quorate_v1.lift(:kind, :name::text, :why::text) as outcome
