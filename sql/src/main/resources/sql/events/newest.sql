-- From where a buildmaster listens that has heard nothing yet. No lock: what is committed later with a smaller number was said
-- before this look, and what it is about can be seen.
select coalesce(max(e.seq), 0) as newest from quorate.event e
