-- T1: begins the next epoch (I6: its number was never issued before in either store). The upsert locks the row for
-- update, so it waits for every open transaction of the old authority.
insert into quorate.master as m (masterid, name, epoch, incarnation, state, changed_by, stock)
values (:masterid, :name, greatest(1, :number), :incarnation, 'active', :actor, :stock)
on conflict (masterid) do update set
  epoch = greatest(m.epoch + 1, :number),
  incarnation = excluded.incarnation,
  state = 'active',
  changed_at = clock_timestamp(),
  changed_by = excluded.changed_by,
  stock = excluded.stock,
  trouble = null,
  clock_ahead_ms = null,
  clock_error_ms = null
returning m.epoch, m.draining
