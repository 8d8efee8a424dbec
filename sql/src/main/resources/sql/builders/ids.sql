-- Buildbot's ids of builders, by name. No lock.
select b.name, b.id from builders b where b.name_hash = any(:hashes::text[])
