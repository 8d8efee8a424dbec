-- A history that is whole: two masters, one of which is fenced, one scheduler, four buildrequests.
insert into masters (id, name, name_hash, active, last_active) values
  (1, 'm1', 'h1', 1, 0), (2, 'm2', 'h2', 0, 0), (3, 'm3', 'h3', 0, 0);
insert into builders (id, name, name_hash) values (1, 'linux', 'h1');
insert into schedulers (id, name, name_hash) values (1, 'nightly', 'h1');
insert into buildsets (id, submitted_at) values (1, 0);
insert into buildrequests (id, buildsetid, builderid, complete, results, submitted_at, complete_at) values
  (1, 1, 1, 1, 0, 1, 2), (2, 1, 1, 0, -1, 1, null), (3, 1, 1, 0, -1, 1, null), (4, 1, 1, 0, -1, 1, null),
  (5, 1, 1, 1, 6, 1, 2);
insert into quorate.master (masterid, name, epoch, incarnation, state, changed_by) values
  (1, 'm1', 1, gen_random_uuid(), 'active', 'test'), (2, 'm2', 2, gen_random_uuid(), 'dead', 'test');
update quorate.leader set epoch = 1, masterid = 1;
insert into quorate.scheduler (schedulerid, term, masterid, epoch) values (1, 1, 1, 1);
insert into scheduler_masters (schedulerid, masterid) values (1, 1);
insert into quorate.tick (schedulerid, occasion, tick_at, term, masterid, epoch, buildsetid)
values (1, 'at 1', to_timestamp(1), 1, 1, 1, 1);
insert into quorate.claim (brid, masterid, epoch, attempt) values (2, 1, 1, '00000000-0000-0000-0000-000000000002');
insert into buildrequest_claims (brid, masterid, claimed_at) values (1, 1, 1), (2, 1, 1);
insert into quorate.history (kind, masterid, epoch, leader_epoch, brid, attempt, results, schedulerid, term,
                             occasion, actor) values
  ('register', 1, 1, null, null, null, null, null, null, null, 'master:m1'),
  ('register', 2, 1, null, null, null, null, null, null, null, 'master:m2'),
  ('resume', 1, 1, null, null, null, null, null, null, null, 'master:m1'),
  ('lead', 1, 1, 1, null, null, null, null, null, null, 'master:m1'),
  ('submit', null, null, null, 1, null, null, null, null, null, 'ann'),
  ('claim', 1, 1, null, 1, '00000000-0000-0000-0000-000000000001', null, null, null, null, 'master:m1'),
  ('own', 1, 1, null, null, null, null, 1, 1, null, 'master:m1'),
  ('tick', 1, 1, null, null, null, null, 1, 1, 'at 1', 'master:m1'),
  ('complete', 1, 1, null, 1, '00000000-0000-0000-0000-000000000001', 0, null, null, null, 'master:m1'),
  ('claim', 1, 1, null, 2, '00000000-0000-0000-0000-000000000002', null, null, null, null, 'master:m1'),
  ('claim', 2, 1, null, 3, '00000000-0000-0000-0000-000000000003', null, null, null, null, 'master:m2'),
  ('fence', 2, 1, 1, null, null, null, null, null, null, 'leader:1'),
  ('release', 2, 1, 1, 3, '00000000-0000-0000-0000-000000000003', null, null, null, null, 'leader:1'),
  ('cancel', null, null, null, 5, null, 6, null, null, null, 'ann');
