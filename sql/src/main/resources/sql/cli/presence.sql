-- Whether this database has the objects that the command reads. No lock.
select to_regprocedure('quorate.schema_version()') is not null as private_schema,
       to_regclass('quorate_v1.cluster') is not null
         and to_regprocedure('quorate_v1.explain(integer)') is not null as public_contract
