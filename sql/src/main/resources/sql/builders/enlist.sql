-- Makes Buildbot's rows of builders where missing. Lock: the rows' own, by the key.
insert into builders (name, name_hash)
select t.name, t.hash from unnest(:names::text[], :hashes::text[]) as t(name, hash) order by t.hash
on conflict (name_hash) do nothing
