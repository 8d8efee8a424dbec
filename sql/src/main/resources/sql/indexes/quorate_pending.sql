-- Serves the claim. It indexes an expression, so that the low-water mark can be a comparison of rows. Lock: SHARE
-- UPDATE EXCLUSIVE on buildrequests while it is read twice; reads and writes go on.
create index concurrently if not exists quorate_pending
  on public.buildrequests (builderid, (-priority), submitted_at, id) where complete = 0
