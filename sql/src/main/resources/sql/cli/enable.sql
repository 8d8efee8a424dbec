-- Enables or disables a scheduler. Locks: those of the public function.
select quorate_v1.enable(:scheduler, :enabled, :why::text) as outcome
