-- T5: locks the victim's row, which waits for the victim's open transactions. The caller compares the epoch with the
-- one that it judged.
select m.name, m.epoch, m.state from quorate.master m where m.masterid = :victim for update
