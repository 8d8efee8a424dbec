-- T5: waits for the victim's open transactions, then says whether its epoch is still the one that was judged.
select m.name, m.epoch, m.state from quorate.master m where m.masterid = :victim for update
