-- Those of the sequences that must not be behind their tables when a master registers: what the history and the events
-- say rests on their order (I9). No lock.
select b.sequence, b.relation, b.value, b.highest, b.mend from quorate.sequences_behind() b
 where b.relation in ('quorate.history', 'quorate.event')
