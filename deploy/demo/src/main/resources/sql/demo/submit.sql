-- One batch of buildrequests of a builder through the public function, as any program would. Locks: those of an insert.
select count(*)::integer as submitted
  from quorate_v1.submit(:builder, cast(:properties as jsonb), :priority, :reason, :count)
