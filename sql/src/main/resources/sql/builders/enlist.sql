-- Creates Buildbot's rows of builders where they are missing. Lock: the new rows, by their key.
insert into builders (name, name_hash)
select t.name, t.hash from unnest(:names::text[], :hashes::text[]) as t(name, hash) order by t.hash
on conflict (name_hash) do nothing
