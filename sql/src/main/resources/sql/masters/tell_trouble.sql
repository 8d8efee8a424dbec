-- Writes what keeps the buildmaster of this epoch from running, for operators to read. Lock: the master's row.
update quorate.master set trouble = :trouble
 where masterid = :masterid and epoch = :epoch and state = 'active' and trouble is distinct from :trouble
