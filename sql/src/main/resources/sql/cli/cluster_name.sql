-- Which cluster the database belongs to, readable of every version of the schema. No lock.
select c.name from quorate.cluster c
