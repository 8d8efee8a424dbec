-- Creates the role and the database. Run it once, as PostgreSQL's superuser:
--   sudo -u postgres psql -v ON_ERROR_STOP=1 -f database.sql
-- It asks for a new password. Write the same password into /etc/quorate/password on each machine.
-- Afterwards let the machines in. In postgresql.conf, then restart the server:
--   listen_addresses = '*'
-- In pg_hba.conf, with the network of your machines, then reload (select pg_reload_conf()):
--   hostssl quorate quorate 10.0.0.0/24 scram-sha-256
-- hostssl requires TLS. The agents use TLS if the server offers it; ?sslmode=verify-full in database.url also checks
-- its certificate.
create role quorate login;
\password quorate
create database quorate owner quorate encoding 'UTF8' template template0;

-- Settings that matter, in postgresql.conf:
--   fsync = on, synchronous_commit = on      PostgreSQL must keep what it acknowledged: the invariants depend on it
--   max_connections                          4 for each agent, some for operators; up to 10 for each Buildbot master
--   idle_in_transaction_session_timeout      a transaction that stays open keeps vacuum from removing dead rows
--   synchronous_standby_names                with a standby: else a failover of PostgreSQL can lose acknowledged claims
