package org.quorate.postgres;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Properties;
import org.quorate.claim.Claims;
import org.quorate.event.Events;
import org.quorate.master.Masters;
import org.quorate.scheduler.Schedulers;
import org.quorate.testing.SharedDatabase;
import org.quorate.testing.TestDatabase;

/** A fresh database on the server that all tests share, used through the real adapters. */
final class PostgresSharedDatabase implements SharedDatabase {
    private final TestDatabase tables = TestDatabase.fresh();
    private final PostgresDatabase pool = PostgresDatabase.open(
            new DatabaseSettings(
                    tables.url(), tables.user(), tables.password(), 4, Duration.ofSeconds(20), Duration.ofSeconds(60)),
            "contract");
    private final List<Connection> sessions = new ArrayList<>();
    private final List<Connection> locking = new ArrayList<>();

    @Override
    public Masters masters() {
        return new PostgresMasters(pool);
    }

    @Override
    public Claims claims() {
        return new PostgresClaims(pool);
    }

    @Override
    public Schedulers schedulers() {
        return new PostgresSchedulers(pool);
    }

    @Override
    public Events events() {
        return new PostgresEvents(pool);
    }

    @Override
    public int builder(String name) {
        tables.execute("insert into builders (name, name_hash) values ('%s', '%s') on conflict (name_hash) do nothing"
                .formatted(name, Names.hash(name)));
        return (int) tables.number("select id from builders where name = '%s'".formatted(name));
    }

    @Override
    public List<Integer> submit(List<String> builders, int priority, int submittedAt) {
        int buildsetid = (int) tables.number(
                "insert into buildsets (submitted_at, results) values (%d, -1) returning id".formatted(submittedAt));
        return builders.stream()
                .map(name -> (int) tables.number("""
                        insert into buildrequests (buildsetid, builderid, priority, submitted_at, results)
                        values (%d, %d, %d, %d, -1) returning id
                        """.formatted(buildsetid, builder(name), priority, submittedAt)))
                .toList();
    }

    @Override
    public OptionalInt resultsOf(int brid) {
        return results("select case when complete = 1 then results else -1 end from buildrequests where id = " + brid);
    }

    @Override
    public OptionalInt resultsOfBuildsetOf(int brid) {
        return results("select case when s.complete = 1 then s.results else -1 end"
                + " from buildsets s join buildrequests r on r.buildsetid = s.id where r.id = " + brid);
    }

    private OptionalInt results(String query) {
        int results = (int) tables.number(query);
        return results < 0 ? OptionalInt.empty() : OptionalInt.of(results);
    }

    @Override
    public void requestRestart(String master) {
        tables.text("select quorate_v1.restart('%s')".formatted(master));
    }

    @Override
    public OptionalLong clockAheadMillis(String master) {
        String shown =
                tables.text("select coalesce(max(clock_ahead_ms)::text, '') from quorate_v1.masters where name = '%s'"
                        .formatted(master));
        return shown.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(shown));
    }

    @Override
    public void drain(String master, boolean draining) {
        tables.text("select quorate_v1.%s('%s')".formatted(draining ? "drain" : "undrain", master));
    }

    @Override
    public void askToCancel(int brid) {
        tables.text("select quorate_v1.cancel(%d)".formatted(brid));
    }

    @Override
    public void lock(int brid) {
        try {
            Connection session = tables.dataSource().getConnection();
            session.setAutoCommit(false);
            session.createStatement().execute("select 1 from buildrequests where id = " + brid + " for update");
            locking.add(session);
        } catch (SQLException e) {
            throw new AssertionError("no session that locks: " + e.getMessage(), e);
        }
    }

    @Override
    public void unlock() {
        for (Connection session : locking) {
            try {
                session.rollback(); // the server ends a session that is only closed some time later
                session.close();
            } catch (SQLException e) {
                throw new AssertionError("a session that the test opened does not close: " + e.getMessage(), e);
            }
        }
        locking.clear();
    }

    @Override
    public void enable(String scheduler, boolean enabled) {
        tables.text("select quorate_v1.enable('%s', %s)".formatted(scheduler, enabled));
    }

    @Override
    public void move(String scheduler, String master) {
        tables.text("select quorate_v1.move('%s', '%s')".formatted(scheduler, master));
    }

    @Override
    public void openSession(String master) {
        Properties properties = new Properties();
        properties.setProperty("user", tables.user());
        properties.setProperty("password", tables.password());
        properties.setProperty("ApplicationName", PostgresMasters.applicationName(master));
        try {
            sessions.add(DriverManager.getConnection(tables.url(), properties));
        } catch (SQLException e) {
            throw new AssertionError("no session for " + master + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void publish(String events) {
        tables.execute("insert into quorate.event (masterid, events) values (0, '%s')".formatted(events));
    }

    @Override
    public void age(Duration span) {
        tables.execute("update quorate.event set at = at - interval '%d seconds'".formatted(span.toSeconds()));
    }

    @Override
    public long nowEpochSecond() {
        return tables.number("select extract(epoch from clock_timestamp())::bigint");
    }

    @Override
    public void close() {
        unlock();
        for (Connection session : sessions) {
            try {
                session.close();
            } catch (SQLException e) {
                throw new AssertionError("a session that the test opened does not close: " + e.getMessage(), e);
            }
        }
        pool.close();
        tables.close();
    }
}
