-- Serves housekeeping, which looks for a dead master's running builds among all its builds. Lock: SHARE UPDATE
-- EXCLUSIVE on builds while it is read twice; reads and writes go on.
create index concurrently if not exists quorate_running on public.builds (masterid) where complete_at is null
