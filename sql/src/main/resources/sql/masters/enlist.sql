-- Makes Buildbot's row of this master where it is missing; the name is the identity. Lock: none of a row that is there, so that
-- the master's row of Quorate is locked first, as a buildmaster's own sessions do.
insert into masters (name, name_hash, active, last_active)
values (:name, :name_hash, 0, extract(epoch from now())::integer)
on conflict (name_hash) do nothing
