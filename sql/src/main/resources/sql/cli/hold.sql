-- Holds a builder, a master or everything. Locks: those of the public function.
select quorate_v1.hold(:kind, :name::text, :why::text,
                       coalesce(:until::timestamptz,
                                clock_timestamp() + make_interval(secs => :seconds::double precision))) as outcome
