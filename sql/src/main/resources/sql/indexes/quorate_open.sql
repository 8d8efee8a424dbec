-- Serves the question whether a buildset is complete. Lock: SHARE UPDATE EXCLUSIVE on buildrequests while it is read
-- twice; reads and writes go on.
create index concurrently if not exists quorate_open on public.buildrequests (buildsetid) where complete = 0
