-- The guard's triggers on Buildbot's tables. Their names begin with quorate_.
-- Locks: SHARE ROW EXCLUSIVE on each table that gets a trigger, for an instant.

-- Creates one trigger. It skips a table that the database lacks: the standalone tables are fewer than Buildbot's.
create function quorate.guard(
  relation text, trigger_name text, moment text, each text, condition text, action text)
returns void language plpgsql as $$
begin
  if to_regclass('public.' || relation) is not null then
    execute format('create trigger %I %s on public.%I for each %s'
                   ' when (coalesce(current_setting(''quorate.epoch'', true), '''') <> ''''%s) execute function %s',
                   trigger_name, moment, relation, each,
                   case when condition = '' then '' else ' and ' || condition end, action);
  end if;
end $$;

-- quorate_fence refuses a stale epoch with an error; quorate_check lets the row triggers skip its rows.
select quorate.guard(g.relation, g.name, g.moment, g.each, g.condition, g.action)
  from (values
    ('buildrequest_claims', 'quorate_fence', 'before insert or delete', 'statement', '', 'quorate.fence(''refuse'')'),
    ('buildrequest_claims', 'quorate_claim', 'after insert', 'row', '', 'quorate.note_claim()'),
    ('buildrequest_claims', 'quorate_keep', 'before delete', 'row', '', 'quorate.keep_claim()'),
    ('buildrequest_claims', 'quorate_unclaim', 'after delete', 'row', '', 'quorate.note_unclaim()'),

    ('buildrequests', 'quorate_fence', 'before update of complete', 'statement', '', 'quorate.fence(''refuse'')'),
    ('buildrequests', 'quorate_complete', 'before update of complete', 'row',
     'old.complete = 0 and new.complete = 1', 'quorate.note_complete()'),

    ('buildsets', 'quorate_fence', 'before insert', 'statement', '', 'quorate.fence(''refuse'')'),
    ('buildset_properties', 'quorate_occasion', 'before insert', 'row',
     'new.property_name = ''quorate.occasion''', 'quorate.note_occasion()'),
    ('buildset_properties', 'quorate_cancel', 'before insert', 'row',
     'new.property_name = ''quorate.cancel''', 'quorate.note_cancel()'),

    ('builds', 'quorate_fence', 'before insert', 'statement', '', 'quorate.fence(''refuse'')'),
    ('builds', 'quorate_check', 'before update', 'statement', '', 'quorate.fence()'),
    ('builds', 'quorate_keep', 'before update', 'row', '', 'quorate.keep_build()'),

    ('masters', 'quorate_check', 'before update', 'statement', '', 'quorate.fence()'),
    ('masters', 'quorate_keep', 'before update', 'row', '', 'quorate.keep_master()'),

    ('scheduler_masters', 'quorate_fence', 'before insert', 'statement', '', 'quorate.fence(''refuse'')'),
    ('scheduler_masters', 'quorate_own', 'before insert', 'row', '', 'quorate.keep_ownership()'),
    ('scheduler_masters', 'quorate_check', 'before delete', 'statement', '', 'quorate.fence()'),
    ('scheduler_masters', 'quorate_keep', 'before delete', 'row', '', 'quorate.keep_attachment()'),
    ('scheduler_masters', 'quorate_disown', 'after delete', 'row', '', 'quorate.note_disown()'),

    ('changesource_masters', 'quorate_fence', 'before insert', 'statement', '', 'quorate.fence(''refuse'')'),
    ('changesource_masters', 'quorate_own', 'before insert', 'row', '', 'quorate.keep_source_ownership()'),
    ('changesource_masters', 'quorate_check', 'before delete', 'statement', '', 'quorate.fence()'),
    ('changesource_masters', 'quorate_keep', 'before delete', 'row', '', 'quorate.keep_attachment()'),
    ('changesource_masters', 'quorate_disown', 'after delete', 'row', '', 'quorate.note_source_disown()'),

    ('builder_masters', 'quorate_check', 'before delete', 'statement', '', 'quorate.fence()'),
    ('builder_masters', 'quorate_keep', 'before delete', 'row', '', 'quorate.keep_attachment()'),

    ('connected_workers', 'quorate_check', 'before delete', 'statement', '', 'quorate.fence()'),
    ('connected_workers', 'quorate_keep', 'before delete', 'row', '', 'quorate.keep_attachment()'),

    ('configured_workers', 'quorate_check', 'before delete', 'statement', '', 'quorate.fence()'),
    ('configured_workers', 'quorate_keep', 'before delete', 'row', '', 'quorate.keep_configured_worker()'),

    ('object_state', 'quorate_check', 'before insert or update', 'statement', '', 'quorate.fence()'),
    ('object_state', 'quorate_keep', 'before insert or update', 'row', '', 'quorate.keep_state()')
  ) as g(relation, name, moment, each, condition, action);

-- Creates one trigger that judges a session without an epoch at its commit. Sessions of Quorate's own programs pass.
create function quorate.guard_outside(relation text, trigger_name text, moment text, condition text, action text)
returns void language plpgsql as $$
begin
  execute format($create$
    create constraint trigger %I after %s on public.%I deferrable initially deferred for each row
      when (coalesce(current_setting('quorate.epoch', true), '') = ''
            and current_setting('application_name') not like 'quorate%%' and %s)
      execute function %s $create$, trigger_name, moment, relation, condition, action);
end $$;

select quorate.guard_outside(g.relation, g.name, g.moment, g.condition, g.action)
  from (values
    ('masters', 'quorate_living', 'update of active', 'old.active = 1 and new.active = 0',
     'quorate.keep_living_master()'),
    ('buildrequest_claims', 'quorate_living', 'insert or delete', 'true', 'quorate.keep_living_claim()'),
    ('buildrequests', 'quorate_deleted', 'delete', 'old.complete = 0', 'quorate.let_go_outside()'),
    ('buildrequests', 'quorate_completed', 'update of complete', 'old.complete = 0 and new.complete = 1',
     'quorate.let_go_outside()')
  ) as g(relation, name, moment, condition, action);
