-- Housekeeping: marks the master as inactive for Buildbot. Lock: the row; the caller holds the master's row of Quorate
-- for update. If another session has locked the row, masters/deactivate_gone does it later.
update masters b set active = 0
 where b.id in (select m.id from masters m where m.id = :masterid for no key update of m skip locked)
