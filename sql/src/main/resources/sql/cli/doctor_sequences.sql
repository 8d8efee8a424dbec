-- The sequences, Quorate's and Buildbot's, that are behind their tables. No lock.
select b.sequence, b.relation, b.value, b.highest, b.mend from quorate.sequences_behind() b order by b.relation
