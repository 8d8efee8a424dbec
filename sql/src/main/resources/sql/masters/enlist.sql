-- Creates Buildbot's row of this master if it is missing; the name is the identity. Lock: none on an existing row, so
-- that the master's row of Quorate is locked first, as in a buildmaster's own sessions.
insert into masters (name, name_hash, active, last_active)
values (:name, :name_hash, 0, extract(epoch from now())::integer)
on conflict (name_hash) do nothing
