-- I6: epochs and terms stay below the limit that leaves every row a next number; and whether the sequences of ours and
-- of Buildbot are behind their tables.
-- Locks: none on an existing table.

-- An epoch or a term is a number that ZooKeeper issued, or the successor of the row's own. ZooKeeper's numbers stay
-- below 2^62 until it has held a thousand million elections. So a greater number is a mistake, and would leave its row
-- without a next number: it is refused. A row whose number is that high nevertheless may still grow by one at a time.
create function quorate.refuse_jump() returns trigger language plpgsql as $$
begin
  raise exception '% % is refused: ZooKeeper cannot have given out a number above 4611686018427387904',
    tg_argv[0], case tg_argv[0] when 'term' then to_jsonb(new) ->> 'term' else to_jsonb(new) ->> 'epoch' end
    using errcode = 'numeric_value_out_of_range';
end $$;

create trigger first_number before insert on quorate.master for each row
  when (new.epoch > 4611686018427387904)
  execute function quorate.refuse_jump('epoch');
create trigger next_number before update of epoch on quorate.master for each row
  when (new.epoch > 4611686018427387904 and new.epoch - 1 > old.epoch)
  execute function quorate.refuse_jump('epoch');
create trigger next_number before update of epoch on quorate.leader for each row
  when (new.epoch > 4611686018427387904 and new.epoch - 1 > old.epoch)
  execute function quorate.refuse_jump('leader epoch');
create trigger first_number before insert on quorate.scheduler for each row
  when (new.term > 4611686018427387904)
  execute function quorate.refuse_jump('term');
create trigger next_number before update of term on quorate.scheduler for each row
  when (new.term > 4611686018427387904 and new.term - 1 > old.term)
  execute function quorate.refuse_jump('term');

-- The sequences that would issue a number which a row already has, as after a switch-over to a logical replica, which
-- copies rows but no sequences. Nothing keeps quorate.history.seq unique, and new lines would sort before old ones
-- (I9). The history has no index on seq: its highest number is looked for in the latest thousand lines. Tables that the
-- caller may not read are left out.
create function quorate.sequences_behind()
returns table (sequence text, relation text, value bigint, highest bigint, mend text) language plpgsql stable as $$
declare
  owned record;
begin
  for owned in
    select s.oid::regclass::text as name, t.oid::regclass::text as of, a.attname as field
      from pg_class s
      join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = s.oid and d.refclassid = 'pg_class'::regclass
       and d.deptype in ('a', 'i')
      join pg_class t on t.oid = d.refobjid
      join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
     where case when s.relkind = 'S'
                then has_sequence_privilege(s.oid, 'usage') and has_table_privilege(t.oid, 'select') end
       and (t.relnamespace = 'quorate'::regnamespace
            or t.relnamespace = to_regnamespace('public')
               and t.relname in ('masters', 'builders', 'builder_masters', 'buildsets', 'buildset_sourcestamps',
                                 'buildrequests', 'builds', 'build_properties', 'steps', 'logs', 'changes',
                                 'sourcestamps', 'patches', 'workers', 'configured_workers', 'connected_workers',
                                 'schedulers', 'changesources', 'objects', 'tags', 'builders_tags', 'users'))
     order by 2
  loop
    if owned.of = 'quorate.history' then
      select max(l.seq) into highest from (select h.seq from quorate.history h order by h.at desc limit 1000) l;
    else
      execute format('select max(%I) from %s', owned.field, owned.of) into highest;
    end if;
    value := coalesce(pg_sequence_last_value(owned.name::regclass), 0);
    if highest > value then
      sequence := owned.name;
      relation := owned.of;
      mend := format('select setval(%L, (select max(%I) from %s))', owned.name, owned.field, owned.of);
      return next;
    end if;
  end loop;
end $$;
