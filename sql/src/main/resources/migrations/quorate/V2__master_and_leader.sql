-- The masters with their epochs, and the housekeeper.
-- Locks: none on an existing table.

-- I2, I6: one row per master. Each write takes a share lock on its master's row and holds it until it commits: the
-- fence.
create table quorate.master (
  masterid integer primary key,
  name text not null unique,
  epoch bigint not null check (epoch > 0),
  incarnation uuid not null,
  state text not null check (state in ('active', 'fenced', 'dead')),
  draining boolean not null default false,
  changed_at timestamptz not null default clock_timestamp(),
  changed_by text not null,
  restart_epoch bigint,
  trouble text,
  stock boolean not null default false,
  clock_ahead_ms bigint,
  clock_error_ms bigint
) with (fillfactor = 50);
comment on column quorate.master.state is
  'active: trusted in this epoch; fenced: the epoch is over, claims wait for the kill time; dead: holds nothing.';
comment on column quorate.master.draining is
  'An operator wants the master to take no new claims. Restarts and failovers do not change it.';
comment on column quorate.master.restart_epoch is
  'The epoch that an operator wants to end, together with its buildmaster. The request is done once the epoch is '
  'another.';
comment on column quorate.master.trouble is
  'What keeps the buildmaster of this epoch from starting, or that its reactor stands still, as its agent says; null: '
  'nothing that the agent knows.';
comment on column quorate.master.stock is
  'The buildmaster runs without the plugin. Its agent writes this when it registers.';
comment on column quorate.master.clock_ahead_ms is
  'How far the wall clock of the master''s machine is ahead of the database''s, as its agent last found it; null: not '
  'measured in this epoch. For operators only: nothing is decided by it.';
comment on column quorate.master.clock_error_ms is
  'The true value differs from clock_ahead_ms by no more than this.';

-- I8: a transaction that holds a share lock on this row under the current epoch may fence masters.
create table quorate.leader (
  one boolean primary key default true check (one),
  epoch bigint not null default 0,
  masterid integer,
  incarnation uuid,
  since timestamptz not null default clock_timestamp()
);
insert into quorate.leader default values;
