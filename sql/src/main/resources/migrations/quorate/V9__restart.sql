-- A planned restart of a buildmaster: its agent ends the epoch in which it was asked to, kills the buildmaster and starts it again.
-- Locks: ACCESS EXCLUSIVE on quorate.master and quorate.history, for an instant; the history is read once to check the kinds.

alter table quorate.master add column recycle_epoch bigint;
comment on column quorate.master.recycle_epoch is 'An operator''s wish about this epoch: that it end, with its buildmaster. Another epoch answers it.';

alter table quorate.history drop constraint history_kind_check;
alter table quorate.history add constraint history_kind_check check (kind in (
  'register', 'resume', 'leave', 'lead', 'fence', 'claim', 'complete', 'release', 'own', 'disown', 'tick',
  'submit', 'cancel', 'reprioritize', 'drain', 'undrain', 'move', 'enable', 'disable', 'recycle'));

create function quorate_v1.recycle(master text, why text default null)
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
  target record;
begin
  select m.masterid, m.epoch, m.state, m.recycle_epoch into target
    from quorate.master m where m.name = recycle.master for update;
  if not found then
    raise exception 'no master %', quote_nullable(left(recycle.master, 80)) using errcode = 'no_data_found',
      hint = (select quorate.nearest(recycle.master, array_agg(m.name)) from quorate.master m);
  end if;
  if target.state <> 'active' or target.recycle_epoch = target.epoch then
    return 'unchanged';
  end if;
  update quorate.master m set recycle_epoch = target.epoch where m.masterid = target.masterid;
  insert into quorate.history (kind, masterid, epoch, actor, why)
  values ('recycle', target.masterid, target.epoch, quorate.actor(), left(why, 1000));
  perform pg_notify('quorate_control', 'recycle');
  return 'asked';
end $$;
comment on function quorate_v1.recycle is 'brass: the master''s agent ends this epoch, releases what it holds, and starts its buildmaster again; answers asked or unchanged.';

create or replace function quorate.schema_version() returns integer language sql immutable as 'select 6';
