-- Locks: none on an existing table.

create view quorate_v1.masters as
select b.name,
       b.id as masterid,
       m.epoch,
       case when m.masterid is null then 'stock'
            when m.state = 'active' and m.draining then 'draining'
            else m.state end as state,
       coalesce(m.draining, false) as draining,
       (select count(*) from buildrequest_claims c join buildrequests r on r.id = c.brid
         where c.masterid = b.id and r.complete = 0) as claims,
       (select count(*) from quorate.scheduler s
         where s.masterid = b.id and s.epoch = m.epoch and m.state = 'active') as schedulers,
       (select count(*) from builder_masters o where o.masterid = b.id) as builders,
       exists (select 1 from quorate.leader l where l.masterid = m.masterid and l.incarnation = m.incarnation
                                                and m.state = 'active') as leads,
       m.incarnation,
       coalesce(m.changed_at, to_timestamp(b.last_active)) as changed_at,
       m.changed_by,
       not m.stock as plugin,
       case when m.state = 'active' then m.trouble end as trouble,
       case when m.state = 'active' then m.clock_ahead_ms end as clock_ahead_ms,
       case when m.state = 'active' then m.clock_error_ms end as clock_error_ms
  from masters b
  left join quorate.master m on m.masterid = b.id
 where m.masterid is not null or b.active = 1;
comment on view quorate_v1.masters is
  'granite: one row per master. state: active; draining (active, takes no new claims); fenced (its epoch is over, its '
  'claims wait for the kill time); dead (holds nothing); stock (a Buildbot master without an agent). plugin: true if '
  'its buildmaster runs with the plugin; a drain ends the buildmaster if it does not; null if the master has no agent. '
  'trouble: why its buildmaster does not start, or that its reactor stands still; null while nothing is known. '
  'clock_ahead_ms: how far the clock of its machine is ahead of the database''s, to within clock_error_ms; null while '
  'it is not measured.';
