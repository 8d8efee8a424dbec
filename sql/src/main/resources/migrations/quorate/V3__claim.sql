-- The claims of buildrequests, the requests of operators to cancel claimed ones, and the buildrequests set aside.
-- Locks: none on an existing table.

-- I1: the primary key allows one claim per buildrequest. Each row is written and deleted in the same transaction as
-- Buildbot's row in buildrequest_claims.
create table quorate.claim (
  brid integer primary key,
  masterid integer not null,
  epoch bigint not null,
  attempt uuid not null,
  claimed_at timestamptz not null default clock_timestamp()
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
create index claim_masterid on quorate.claim (masterid);

create table quorate.cancellation (
  brid integer primary key,
  actor text not null,
  why text not null,
  asked_at timestamptz not null default clock_timestamp()
);
comment on table quorate.cancellation is
  'Claimed buildrequests that an operator wants to cancel. The holder completes them with the result CANCELLED.';

create table quorate.set_aside (
  brid integer primary key,
  masterid integer not null,
  reason text not null,
  failures integer not null default 1,
  since timestamptz not null default clock_timestamp(),
  again_at timestamptz not null
);
comment on table quorate.set_aside is
  'Buildrequests for which the database fails whenever an agent claims, completes or releases them. Agents pass over '
  'them until again_at. No other table depends on these rows.';
