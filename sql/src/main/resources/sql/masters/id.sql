-- Buildbot's id of a master. No lock.
select m.id from masters m where m.name_hash = :name_hash
