-- Serves housekeeping, which looks for the buildrequests that a lost build waited for. Lock: SHARE UPDATE EXCLUSIVE on
-- buildsets while it is read twice; reads and writes go on.
create index concurrently if not exists quorate_children
  on public.buildsets (parent_buildid) where complete = 0 and parent_buildid is not null
