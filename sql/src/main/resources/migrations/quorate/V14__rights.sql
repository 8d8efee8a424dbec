-- Who may do what. PostgreSQL lets everybody execute a new function; ours are for their owner, which is the agents' and operators'
-- role, until it grants one. Buildbot's role needs none: a trigger asks for the right to its function when it is made, not when it
-- fires, and those that need rights run with their owner's. For the same reason a trigger function that were open could be put on
-- anybody's own table, and would then write into Quorate's.
-- Tables, views and sequences are nobody else's by PostgreSQL's own default.
-- A role that reads: usage on quorate_v1 and select on its views. One that changes: execute on functions of quorate_v1, each of which
-- works without any other right. RightsTest holds every object of both schemas to this.
-- Locks: none of a table.

revoke execute on all routines in schema quorate, quorate_v1 from public;

-- The public views call these as whoever reads them. Neither reads a table.
grant execute on function quorate.result_word(integer), quorate.value_of(text), quorate.schema_version() to public;
