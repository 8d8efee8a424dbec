-- The version of Buildbot's own tables. No lock.
select v.version_num as version from public.alembic_version v
