-- Cancels one buildrequest, or asks its holder to. Locks: those of the public function.
select quorate_v1.cancel(:id, :why::text) as outcome
