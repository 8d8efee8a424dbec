-- I6: epochs and terms stay below the limit that leaves every row a next number.
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
