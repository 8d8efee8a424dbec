package org.quorate.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The partitions of the history, which come and go while others write and read it. */
@Timeout(60)
class HistoryTest {
    private static final String PREPARE = "select quorate.prepare_history(14)";
    private static final String WRITE = "insert into quorate.history (kind, actor) values ('lead', 'test')";
    private static final String TOMORROW =
            "(select 'history_' || to_char(now() at time zone 'utc' + interval '1 day', 'YYYYMMDD'))";

    private DataSource database;

    @BeforeEach
    void open() throws Exception {
        database = Server.database();
    }

    @AfterEach
    void drop() throws Exception {
        Server.drop(database);
    }

    @Test
    void a_long_reader_holds_up_neither_the_preparation_nor_those_who_write_meanwhile() throws Exception {
        dropTomorrow();
        try (Connection reader = begin();
                Connection housekeeper = begin();
                Connection writer = begin()) {
            execute(reader, "select count(*) from quorate.history");

            execute(housekeeper, PREPARE);
            execute(writer, "set lock_timeout = '10s'");
            execute(writer, WRITE);
            writer.commit();
            housekeeper.commit();
            assertThat(hasTomorrow()).as("the reader is not waited for").isFalse();
            reader.commit();
        }

        Server.execute(database, PREPARE);

        assertThat(hasTomorrow()).isTrue();
    }

    @Test
    void a_day_is_prepared_while_others_write() throws Exception {
        dropTomorrow();
        try (Connection writer = begin();
                Connection housekeeper = begin();
                Connection another = begin()) {
            execute(writer, WRITE);

            execute(housekeeper, PREPARE);
            execute(another, "set lock_timeout = '10s'");
            execute(another, WRITE);
            another.commit();
            housekeeper.commit();
            writer.commit();
        }

        assertThat(hasTomorrow()).isTrue();
        assertThat(number("select count(*) from quorate.history")).isEqualTo(2);
    }

    @Test
    void a_prepared_day_has_all_that_the_history_has() throws Exception {
        dropTomorrow();
        Server.execute(database, PREPARE);

        Server.execute(
                database,
                "insert into quorate.history (at, kind, brid, actor) values (now() + "
                        + "interval '1 day', 'claim', 1, 'test')");

        assertThat(number("select count(distinct (select array_agg(i.indkey::text order by 1) from pg_index i"
                        + " where i.indrelid = c.oid)) from pg_class c join pg_inherits h on h.inhrelid = c.oid"
                        + " where h.inhparent = 'quorate.history'::regclass"))
                .as("one set of indexes for all partitions")
                .isOne();
        assertThat(refusal("update quorate.history set actor = 'me'")).contains("append-only");
        assertThat(refusal("insert into quorate.history (at, kind, actor) values (now() + interval '1 day', 'x', 'y')"))
                .contains("check constraint");
    }

    /**
     * The history itself, a day that the migration found, one that was prepared since, and what is of no prepared day.
     */
    private List<String> parts() throws SQLException {
        dropTomorrow();
        Server.execute(database, PREPARE);
        return Server.texts(database, "select relid::text from pg_partition_tree('quorate.history')");
    }

    private static List<String> changes(String part) {
        return List.of("update " + part + " set actor = 'me'", "delete from " + part, "truncate " + part);
    }

    @Test
    void nobody_changes_deletes_or_truncates_the_history_or_a_part_of_it_a_superuser_neither() throws Exception {
        List<String> parts = parts();
        Server.execute(
                database,
                "insert into quorate.history (at, kind, actor) select now() + n * interval '1 day', 'lead', 'test'"
                        + " from unnest(array[-3, 0, 1]) n");

        for (String part : parts) {
            for (String change : changes(part)) {
                boolean met = change.startsWith("truncate") || number("select count(*) from " + part) > 0;
                assertThat(refusal(change)).as(change).contains(met ? "append-only" : "");
            }
        }
        assertThat(number("select count(*) from quorate.history")).isEqualTo(3);
    }

    @Test
    void the_owner_of_the_schema_has_no_right_to_change_the_history_and_with_it_meets_the_trigger() throws Exception {
        DataSource site = Server.siteDatabase();
        DataSource owner = Server.as("site", site);
        try {
            Server.execute(owner, "select quorate.prepare_history(15)");
            Server.execute(owner, WRITE);
            for (String part : Server.texts(site, "select relid::text from pg_partition_tree('quorate.history')")) {
                for (String change : changes(part)) {
                    assertThat(refusal(owner, change)).as(change).contains("permission denied");
                }
            }

            Server.execute(owner, "grant update, delete, truncate on quorate.history to site");

            for (String change : changes("quorate.history")) {
                assertThat(refusal(owner, change)).as(change).contains("append-only");
            }
            assertThat(Server.text(site, "select count(*) from quorate.history where kind = 'lead'"))
                    .isEqualTo("1");
        } finally {
            Server.drop(site);
        }
    }

    @Test
    void a_partition_without_rows_is_sealed_before_it_has_any() throws Exception {
        Server.execute(
                database,
                "insert into quorate.history (at, kind, actor) values (now() - interval '3 days', 'lead', 'x')");
        Server.execute(database, PREPARE);

        assertThat(Server.texts(
                        database,
                        "select p.relid::text from pg_partition_tree('quorate.history') p where not exists"
                                + " (select 1 from pg_trigger t where t.tgrelid = p.relid and "
                                + "t.tgname = 'append_only_as_a_whole')"
                                + " or not exists (select 1 from pg_trigger t where t.tgrelid = "
                                + "p.relid and t.tgname = 'append_only')"
                                + " or exists (select 1 from pg_class c, aclexplode(c.relacl) a where c.oid = p.relid"
                                + " and a.privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE'))"
                                + " or exists (select 1 from pg_class c where c.oid = p.relid and c.relacl is null)"))
                .isEmpty();
    }

    @Test
    void a_day_that_has_not_gone_by_is_never_dropped() throws Exception {
        Server.execute(database, WRITE);

        for (int days : new int[] {0, -1, -20}) {
            assertThat(refusal("select quorate.forget_history(" + days + ")")).contains("for a day at least");
        }
        assertThat(number("select quorate.forget_history(1)")).isZero();

        assertThat(number("select count(*) from quorate.history")).isOne();
        assertThat(hasTomorrow()).isTrue();
    }

    @Test
    void days_that_nobody_prepared_become_a_partition_of_their_own() throws Exception {
        Server.execute(
                database,
                "insert into quorate.history (at, kind, actor) select now() - n * interval '1 day', 'lead', 'test'"
                        + " from generate_series(3, 5) n");
        assertThat(number("select count(*) from quorate.history_default")).isEqualTo(3);

        Server.execute(database, PREPARE);

        assertThat(number("select count(*) from quorate.history_default")).isZero();
        assertThat(number("select count(*) from quorate.history")).isEqualTo(3);
        assertThat(number(
                        "select count(*) from quorate.history_partition p where p.until - p.since = interval '3 days'"))
                .isOne();
        assertThat(number("select quorate.forget_history(2)")).isOne();
        assertThat(number("select count(*) from quorate.history")).isZero();
    }

    @Test
    void rows_of_today_that_nobody_prepared_for_are_no_obstacle_to_tomorrow() throws Exception {
        Server.execute(
                database,
                "do $$ declare n text; begin for n in select p.name from quorate.history_partition p loop"
                        + " execute 'drop table quorate.' || n; end loop; end $$");
        Server.execute(database, WRITE);

        Server.execute(database, PREPARE);
        Server.execute(database, WRITE);

        assertThat(hasTomorrow()).isTrue();
        assertThat(number("select count(*) from quorate.history_default")).isZero();
        assertThat(number("select count(*) from quorate.history")).isEqualTo(2);
    }

    @Test
    void what_is_older_than_the_retention_is_dropped_by_the_day() throws Exception {
        partition(10);
        partition(11);
        partition(12);

        assertThat(number("select quorate.forget_history(10)")).isEqualTo(2);

        assertThat(number("select count(*) from quorate.history"))
                .as("the day itself is kept")
                .isOne();
        assertThat(number("select quorate.forget_history(10)")).isZero();
        assertThat(hasTomorrow()).isTrue();
    }

    @Test
    void a_reader_keeps_old_history_for_as_long_as_it_reads() throws Exception {
        partition(12);
        try (Connection reader = begin()) {
            execute(reader, "select count(*) from quorate.history");

            assertThat(number("select quorate.forget_history(10)")).isZero();
            reader.commit();
        }

        assertThat(number("select quorate.forget_history(10)")).isOne();
    }

    @Test
    void old_ticks_go_with_their_history_but_each_schedulers_last_by_time_stays() throws Exception {
        partition(40);
        Server.execute(database, """
                insert into quorate.tick (schedulerid, occasion, tick_at, term, masterid, epoch, buildsetid, committed_at)
                select s, o.occasion, now() - o.age, 1, 1, 1, 1, now() - o.age
                  from unnest(array[1, 2]) s, (values
                    ('at 1', interval '41 days'), ('at 2', interval '40 days'), ('buildset 9', interval '40 days'),
                    ('buildset 8', interval '5 days')) o(occasion, age);
                insert into quorate.tick (schedulerid, occasion, tick_at, term, masterid, epoch, buildsetid)
                values (2, 'at 3', now(), 1, 1, 1, 1)""");
        Server.execute(
                database,
                "insert into quorate.history (at, kind, actor) values (now() - interval '30 days', 'lead', 'x')");
        Server.execute(database, PREPARE);

        assertThat(number("select quorate.forget_history(30)")).isOne();

        assertThat(Server.text(
                        database,
                        "select string_agg(schedulerid || ' ' || occasion, ', ' order by 1) "
                                + "from (select schedulerid, occasion"
                                + " from quorate.tick order by 1, 2) t"))
                .isEqualTo("1 at 2, 1 buildset 8, 2 at 3, 2 buildset 8");
    }

    private void partition(int daysAgo) throws SQLException {
        Server.execute(database, """
                do $$
                declare
                  day date := (now() at time zone 'utc')::date - %1$d;
                begin
                  execute format('create table quorate.%%I partition of quorate.history for values from (%%L) to (%%L)',
                                 'history_' || to_char(day, 'YYYYMMDD'),
                                 day::timestamp at time zone 'utc', (day + 1)::timestamp at time zone 'utc');
                  insert into quorate.history (at, kind, actor)
                  values (day::timestamp at time zone 'utc' + interval '12 hours', 'lead', 'test');
                end $$""".formatted(daysAgo));
    }

    private void dropTomorrow() throws SQLException {
        Server.execute(database, "do $$ begin execute 'drop table quorate.' || " + TOMORROW + "; end $$");
    }

    private boolean hasTomorrow() throws SQLException {
        return number("select count(*) from quorate.history_partition p where p.name = " + TOMORROW) == 1;
    }

    private Connection begin() throws SQLException {
        Connection connection = database.getConnection();
        connection.setAutoCommit(false);
        return connection;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long number(String query) throws SQLException {
        return Long.parseLong(Server.text(database, query));
    }

    private String refusal(String sql) {
        return refusal(database, sql);
    }

    private static String refusal(DataSource database, String sql) {
        try {
            Server.execute(database, sql);
            return "";
        } catch (SQLException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
