-- Makes the role and the database. Run once, as PostgreSQL's superuser; it asks for the password that goes into
-- /etc/quorate/password:
--   sudo -u postgres psql -v ON_ERROR_STOP=1 -f database.sql
-- Then let the machines in, in pg_hba.conf:
--   hostssl quorate quorate 10.0.0.0/24 scram-sha-256
create role quorate login;
\password quorate
create database quorate owner quorate encoding 'UTF8' template template0;

-- Settings that matter, in postgresql.conf:
--   fsync = on, synchronous_commit = on      what was acknowledged must be kept: the invariants rest on it
--   max_connections                          4 for each agent, and some for operators
--   idle_in_transaction_session_timeout      a transaction that is left open keeps dead rows from being cleaned
-- With a standby, synchronous_standby_names, or a failover of PostgreSQL can lose claims that were acknowledged.
