-- The rights on Quorate's objects. This file comes last, because a function that is dropped and created again would be
-- open to everybody once more. PostgreSQL lets everybody execute a new function. Quorate's functions are for their
-- owner, the role of the agents and operators, until it grants the right. Buildbot's role needs no right: PostgreSQL
-- checks the right to a trigger function when the trigger is created, not when it fires, and the trigger functions that
-- need rights run with their owner's. For the same reason an open trigger function could be attached to anybody's own
-- table, and would then write into Quorate's. Tables, views and sequences belong to their owner alone by PostgreSQL's
-- own default. A role that reads needs usage on quorate_v1 and select on its views. A role that changes needs execute
-- on functions of quorate_v1; each of them works without any other right. RightsTest checks every object of both
-- schemas. Locks: none on a table.

revoke execute on all routines in schema quorate, quorate_v1 from public;

-- The public views call these as the role that reads the view. None of them reads a table.
grant execute on function quorate.result_word(integer), quorate.value_of(text), quorate.schema_version() to public;
