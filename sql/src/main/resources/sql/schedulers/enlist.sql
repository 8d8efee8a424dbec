-- Creates Buildbot's rows of schedulers and change sources where they are missing. Lock: the new rows, by their key.
with given as (
  select t.name, t.hash from unnest(:names::text[], :hashes::text[]) as t(name, hash) order by t.hash),
sources as (
  insert into changesources (name, name_hash)
  select substr(t.name, 14), substr(t.hash, 14) from given t where starts_with(t.name, 'changesource:')
  on conflict (name_hash) do nothing)
insert into schedulers (name, name_hash)
select t.name, t.hash from given t where not starts_with(t.name, 'changesource:')
on conflict (name_hash) do nothing
