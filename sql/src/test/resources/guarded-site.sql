-- Masters m1 and m2 are alive, m3 is dead and m4 has no agent. m1 and m2 each hold a buildrequest, run a build, own a
-- scheduler and a change source, and have a worker. Housekeeping ended build 3 of m1.
insert into masters (id, name, name_hash, active, last_active) values
  (1, 'm1', 'h1', 1, 0), (2, 'm2', 'h2', 1, 0), (3, 'm3', 'h3', 1, 0), (4, 'm4', 'h4', 1, 0);
insert into builders (id, name, name_hash) values (1, 'linux', 'h1');
insert into builder_masters (id, builderid, masterid) values (1, 1, 1), (2, 1, 2), (3, 1, 3);
insert into workers (id, name, info) values (1, 'w1', '{}'), (2, 'w2', '{}'), (3, 'w3', '{}');
insert into configured_workers (id, buildermasterid, workerid) values (1, 1, 1), (2, 2, 2), (3, 3, 3);
insert into connected_workers (id, masterid, workerid) values (1, 1, 1), (2, 2, 2), (3, 3, 3);
insert into schedulers (id, name, name_hash) values
  (1, 'nightly', 'h1'), (2, 'hourly', 'h2'), (3, 'stock', 'h3'), (4, 'promised', 'h4');
insert into scheduler_masters (schedulerid, masterid) values (1, 1), (2, 2);
insert into changesources (id, name, name_hash) values
  (1, 's1', 'h1'), (2, 's2', 'h2'), (3, 's3', 'h3'), (4, 's4', 'h4');
insert into changesource_masters (changesourceid, masterid) values (1, 1), (2, 2), (3, 3);
insert into objects (id, name, class_name) values (1, 'scheduler', 'Nightly');
insert into object_state (objectid, name, value_json) values (1, 'last_build', '1');
insert into buildsets (id, submitted_at, results) values (1, 0, -1);
insert into buildrequests (id, buildsetid, builderid, complete, results, submitted_at)
select n, 1, 1, 0, -1, 1 from generate_series(1, 9) n;
insert into buildrequest_claims (brid, masterid, claimed_at) values (1, 1, 1), (2, 2, 1);
insert into builds (id, number, builderid, buildrequestid, masterid, started_at, complete_at,
                    state_string, results) values
  (1, 1, 1, 1, 1, 1, null, 'building', null), (2, 2, 1, 2, 2, 1, null, 'building', null),
  (3, 3, 1, 1, 1, 1, 2, 'retry', 5), (4, 4, 1, 3, 3, 1, null, 'building', null);
insert into quorate.master (masterid, name, epoch, incarnation, state, changed_by) values
  (1, 'm1', 11, gen_random_uuid(), 'active', 'test'), (2, 'm2', 21, gen_random_uuid(), 'active', 'test'),
  (3, 'm3', 32, gen_random_uuid(), 'dead', 'test');
update quorate.leader set epoch = 1, masterid = 2;
insert into quorate.scheduler (schedulerid, term, masterid, epoch) values
  (1, 5, 1, 11), (2, 6, 2, 21), (4, 7, 2, 21), (-4, 8, 2, 21);
insert into quorate.claim (brid, masterid, epoch, attempt) values
  (1, 1, 11, '00000000-0000-0000-0000-000000000001'), (2, 2, 21, '00000000-0000-0000-0000-000000000002');
insert into quorate.history (kind, masterid, epoch, leader_epoch, brid, attempt, schedulerid, term, actor) values
  ('register', 1, 11, null, null, null, null, null, 'master:m1'),
  ('register', 2, 21, null, null, null, null, null, 'master:m2'),
  ('register', 3, 31, null, null, null, null, null, 'master:m3'),
  ('lead', 2, 21, 1, null, null, null, null, 'master:m2'),
  ('fence', 3, 31, 1, null, null, null, null, 'leader:2'),
  ('own', 1, 11, null, null, null, 1, 5, 'master:m1'),
  ('own', 2, 21, null, null, null, 2, 6, 'master:m2'),
  ('own', 2, 21, null, null, null, 4, 7, 'master:m2'),
  ('claim', 1, 11, null, 1, '00000000-0000-0000-0000-000000000001', null, null, 'master:m1'),
  ('claim', 2, 21, null, 2, '00000000-0000-0000-0000-000000000002', null, null, 'master:m2');
select setval('buildsets_id_seq', 100);
