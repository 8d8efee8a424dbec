package org.quorate.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Quorate comes into a database of a real Buildbot, and leaves it as it was. */
class AdoptionTest {
    /** The order in which a site may update Buildbot and adopt. */
    private enum Story {
        BUILDBOT_3_7 {
            @Override
            void before(DataSource database) {}
        },
        BUILDBOT_4_3 {
            @Override
            void before(DataSource database) throws SQLException {
                Server.execute(database, Server.resource("/buildbot-4.3-changes.sql"));
            }
        };

        abstract void before(DataSource database) throws SQLException;
    }

    private final List<DataSource> databases = new ArrayList<>();

    private DataSource buildbot() throws SQLException {
        DataSource database = Server.buildbotDatabase();
        databases.add(database);
        return database;
    }

    @AfterEach
    void drop() throws SQLException {
        for (DataSource database : databases) {
            Server.drop(database);
        }
    }

    @Test
    void the_tables_of_this_test_are_those_of_buildbot() throws Exception {
        DataSource database = buildbot();

        assertThat(StandaloneTablesTest.facts(database))
                .containsExactlyElementsOf(
                        Server.resource("/buildbot-3.7.0-facts.txt").lines().toList());
    }

    @ParameterizedTest
    @EnumSource(Story.class)
    void who_leaves_leaves_the_database_as_it_was(Story story) throws Exception {
        DataSource database = buildbot();
        story.before(database);
        populate(database);
        List<String> before = Listing.of(database);
        String rows = rows(database);

        Schema.of(database).adopt("blue", true);
        assertThat(Schema.of(database).check("blue")).isEmpty();
        assertThat(Listing.of(database))
                .containsAll(before)
                .filteredOn(line -> line.startsWith("column public.") || line.startsWith("constraint public."))
                .filteredOn(line -> !before.contains(line))
                .allMatch(line -> line.matches("column public\\.quorate_(pending|open|running|children) .*"
                        + "|constraint public\\.\\w+ quorate_\\w+ TRIGGER DEFERRABLE INITIALLY DEFERRED"));
        assertThat(rows(database)).isEqualTo(rows);
        Schema.of(database).leave("a test");

        assertThat(Listing.of(database)).isEqualTo(before);
        assertThat(rows(database)).isEqualTo(rows);
    }

    @Test
    void buildbots_own_update_works_on_an_adopted_database() throws Exception {
        DataSource updated = buildbot();
        populate(updated);
        DataSource adopted = buildbot();
        populate(adopted);
        Schema.of(adopted).adopt("blue", true);

        for (DataSource database : List.of(updated, adopted)) {
            Server.execute(database, Server.resource("/buildbot-4.3-changes.sql"));
        }
        Schema.of(adopted).adopt("blue", true);
        assertThat(Schema.of(adopted).check("blue")).isEmpty();
        Schema.of(adopted).leave("a test");

        assertThat(Listing.of(adopted)).isEqualTo(Listing.of(updated));
    }

    @Test
    void adopting_twice_changes_nothing_the_second_time() throws Exception {
        DataSource database = buildbot();
        Schema.of(database).adopt("blue", true);
        List<String> before = Listing.of(database);
        String uuid = Server.text(database, "select cluster_uuid from quorate.cluster");

        assertThat(Schema.of(database).planAdoption("blue", true)).isEmpty();
        Schema.of(database).adopt("blue", true);

        assertThat(Listing.of(database)).isEqualTo(before);
        assertThat(Server.text(database, "select cluster_uuid from quorate.cluster"))
                .isEqualTo(uuid);
    }

    @Test
    void the_plan_names_each_table_that_gets_triggers_with_its_lock_and_its_rows_and_changes_nothing()
            throws Exception {
        DataSource database = buildbot();
        populate(database);
        Server.execute(database, "analyze");
        List<String> before = Listing.of(database);

        List<Step> plan = Schema.of(database).planAdoption("blue", true);

        assertThat(Listing.of(database)).isEqualTo(before);
        assertThat(plan).allSatisfy(step -> assertThat(step.lock()).isNotBlank());
        assertThat(plan)
                .filteredOn(step -> step.what().equals("put triggers on buildrequests"))
                .singleElement()
                .satisfies(step -> {
                    assertThat(step.lock()).startsWith("SHARE ROW EXCLUSIVE");
                    assertThat(step.rows()).hasValue(1000);
                });
        assertThat(plan)
                .filteredOn(step -> step.what().startsWith("make the index"))
                .extracting(Step::what)
                .containsExactlyInAnyOrder(
                        "make the index quorate_pending on buildrequests",
                        "make the index quorate_open on buildrequests",
                        "make the index quorate_running on builds",
                        "make the index quorate_children on buildsets");
        Set<String> announced = new TreeSet<>();
        plan.stream()
                .map(Step::what)
                .filter(what -> what.startsWith("put triggers on "))
                .forEach(what -> announced.add(what.replace("put triggers on ", "")));

        Schema.of(database).adopt("blue", true);

        assertThat(Server.texts(
                        database,
                        "select distinct tgrelid::regclass::text from pg_trigger where tgname ~ '^quorate_'"
                                + " and tgrelid <> 'quorate.event'::regclass order by 1"))
                .containsExactlyElementsOf(announced);
        assertThat(Schema.of(database).planDeparture())
                .extracting(Step::what)
                .filteredOn(what -> what.contains(" on buildrequests"))
                .contains("drop 5 triggers on buildrequests", "drop the index quorate_open on buildrequests");
    }

    @Test
    void the_indexes_may_be_left_out_and_be_made_later() throws Exception {
        String ours = "select count(*) from pg_indexes where indexname ~ '^quorate_'";
        DataSource database = buildbot();

        Schema.of(database).adopt("blue", false);
        assertThat(Server.text(database, ours)).isEqualTo("0");
        assertThat(Schema.of(database).planAdoption("blue", false)).isEmpty();
        assertThat(Schema.of(database).planAdoption("blue", true)).hasSize(4);
        Schema.of(database).adopt("blue", true);

        assertThat(Server.text(database, ours)).isEqualTo("4");
        Schema.of(database).adopt("blue", false);
        assertThat(Server.text(database, ours)).isEqualTo("4");
    }

    @Test
    void an_index_whose_making_was_interrupted_is_made_again() throws Exception {
        DataSource database = buildbot();
        Schema.of(database).adopt("blue", true);
        Server.execute(
                database,
                "update pg_index set indisvalid = false where indexrelid = 'public.quorate_pending'::regclass");

        assertThat(Schema.of(database).planAdoption("blue", true)).hasSize(1);
        Schema.of(database).adopt("blue", true);

        assertThat(Schema.of(database).planAdoption("blue", true)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"058", "068", "59"})
    void another_version_of_buildbot_is_refused_with_what_is_supported(String version) throws Exception {
        DataSource database = buildbot();
        Server.execute(database, "update alembic_version set version_num = '" + version + "'");
        List<String> before = Listing.of(database);

        assertThatThrownBy(() -> Schema.of(database).adopt("blue", true))
                .isInstanceOf(SchemaRefused.class)
                .hasMessage("Buildbot's tables are of version " + version
                        + ", and Quorate knows 059 (Buildbot 3.7) to 067 (4.3)");
        assertThatThrownBy(() -> Schema.of(database).planAdoption("blue", true)).isInstanceOf(SchemaRefused.class);
        assertThat(Listing.of(database)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"delete from alembic_version", "drop table alembic_version"})
    void tables_without_a_version_are_refused(String damage) throws Exception {
        DataSource database = buildbot();
        Server.execute(database, damage);

        assertThatThrownBy(() -> Schema.of(database).adopt("blue", true))
                .hasMessageStartingWith("Buildbot's tables are of version unknown");
    }

    @Test
    void a_database_that_is_not_a_buildbots_is_refused() throws Exception {
        DataSource empty = Server.emptyDatabase();
        databases.add(empty);
        DataSource standalone = Server.database();
        databases.add(standalone);
        DataSource occupied = buildbot();
        Server.execute(occupied, "create schema quorate; create table quorate.master (x integer)");

        assertThatThrownBy(() -> Schema.of(empty).adopt("blue", true))
                .hasMessageStartingWith("there are no Buildbot tables in this database");
        assertThatThrownBy(() -> Schema.of(standalone).adopt("test", true))
                .hasMessageStartingWith("this database is standalone, its tables are Quorate's own");
        assertThatThrownBy(() -> Schema.of(occupied).adopt("blue", true))
                .hasMessageStartingWith("the schema quorate in this database is somebody else's");
        assertThatThrownBy(() -> Schema.of(occupied).leave("a test"))
                .hasMessageStartingWith("the schema quorate in this database is somebody else's");
        assertThatThrownBy(() -> Schema.of(buildbot()).create("blue", true))
                .hasMessageStartingWith("there are tables of Buildbot in this database already");
    }

    @Test
    void buildbots_tables_in_another_schema_are_named_and_adopted_after_they_were_moved() throws Exception {
        DataSource database = buildbot();
        Server.execute(database, moved("public", "site"));

        assertThatThrownBy(() -> Schema.of(database).planAdoption("blue", true))
                .hasMessageStartingWith("Buildbot's tables are in the schema site, and Quorate works with tables in the"
                        + " schema public only");
        Server.execute(database, moved("site", "public"));
        Schema.of(database).adopt("blue", true);

        assertThat(Schema.of(database).check("blue")).isEmpty();
    }

    /** Moves each table as the message says. */
    private static String moved(String from, String to) {
        return "create schema if not exists " + to + "; do $$ declare t record; begin for t in select tablename from"
                + " pg_tables where schemaname = '" + from + "' loop execute format('alter table " + from
                + ".%I set schema " + to + "', t.tablename); end loop; end $$";
    }

    @Test
    void an_adopted_database_keeps_its_clusters_name() throws Exception {
        DataSource database = buildbot();
        Schema.of(database).adopt("blue", true);

        assertThatThrownBy(() -> Schema.of(database).adopt("green", true))
                .hasMessage("this database belongs to the cluster blue, not to green");
        assertThatThrownBy(() -> Schema.of(database).planAdoption("green", true))
                .hasMessage("this database belongs to the cluster blue, not to green");
    }

    @Test
    void a_role_that_may_not_change_buildbots_tables_is_refused_with_the_reason() throws Exception {
        DataSource database = buildbot();
        Server.makeRole("visitor");

        assertThatThrownBy(() -> Schema.of(Server.as("visitor", database)).adopt("blue", true))
                .isInstanceOf(SchemaRefused.class)
                .hasMessageMatching(
                        "Buildbot's table \\w+ belongs to \\w+, and visitor is not a member of that role:.*");
    }

    @Test
    void nobody_is_held_up_by_an_adoption_that_waits_and_a_patience_that_ends_changes_nothing() throws Exception {
        DataSource database = buildbot();
        populate(database);
        List<String> before = Listing.of(database);

        try (Connection builder = database.getConnection();
                Connection another = database.getConnection()) {
            builder.setAutoCommit(false);
            run(builder, "update builds set state_string = 'x' where id = 1");
            CompletableFuture<Void> adoption =
                    CompletableFuture.runAsync(() -> Schema.of(database).adopt("blue", false));
            Awaitility.await()
                    .until(
                            () -> Server.text(database, "select to_regclass('quorate.flyway_history')::text"),
                            there -> there.equals("quorate.flyway_history"));
            run(another, "set statement_timeout = '20s'");
            for (int i = 0; i < 20; i++) {
                run(another, "update buildrequests set priority = " + i + " where id = 1");
                run(another, "update builds set state_string = 'y' where id = 2");
            }
            assertThat(adoption).isNotDone();
            assertThatThrownBy(() ->
                            Schema.of(database).patient(Duration.ofMillis(50)).leave("a test"))
                    .hasMessage("another process is at work on the schema of this database");
            builder.commit();
            adoption.join();
        }
        Schema.of(database).leave("a test");

        try (Connection builder = database.getConnection()) {
            builder.setAutoCommit(false);
            run(builder, "update builds set state_string = 'x' where id = 1");
            assertThatThrownBy(() ->
                            Schema.of(database).patient(Duration.ofMillis(50)).adopt("blue", false))
                    .isInstanceOf(SchemaRefused.class)
                    .hasMessageContaining("there was no quiet moment")
                    .hasMessageContaining("public.builds");
        }
        assertThat(Listing.of(database)).isEqualTo(before);
    }

    /** Flyway's lock idles in a transaction of its own while the migrations wait for a quiet moment. */
    @Test
    void an_adoption_waits_longer_than_a_transaction_may_idle_and_names_who_keeps_it_waiting() throws Exception {
        DataSource database = buildbot();
        populate(database);

        try (Connection builder = database.getConnection()) {
            builder.setClientInfo("ApplicationName", "a forgotten psql");
            builder.setAutoCommit(false);
            run(builder, "update builds set state_string = 'x' where id = 1");
            String name = Server.text(database, "select current_database()");
            Server.execute(database, "alter database " + name + " set idle_in_transaction_session_timeout = '100ms'");
            assertThatThrownBy(() ->
                            Schema.of(database).patient(Duration.ofMillis(50)).adopt("blue", false))
                    .hasMessageContaining("there was no quiet moment")
                    .hasMessageContaining("a forgotten psql (pid ")
                    .hasMessageContaining("uses public.builds");
            CompletableFuture<Void> adoption =
                    CompletableFuture.runAsync(() -> Schema.of(database).adopt("blue", false));
            String idle = """
                    select count(*) from pg_stat_activity where state = 'idle in transaction' and pid <> %d
                       and datname = current_database() and xact_start < clock_timestamp() - interval '500 ms'
                       and state_change < clock_timestamp() - interval '300 ms'
                    """.formatted(pid(builder));
            Awaitility.await()
                    .until(() ->
                            adoption.isDone() || Server.text(database, idle).equals("1"));
            builder.commit();
            adoption.join();
        }

        assertThat(Schema.of(database).check("blue")).isEmpty();
    }

    private static int pid(Connection connection) throws SQLException {
        return connection.unwrap(org.postgresql.PGConnection.class).getBackendPID();
    }

    @Test
    void a_standalone_database_cannot_be_left() throws Exception {
        DataSource database = Server.database();
        databases.add(database);

        assertThatThrownBy(() -> Schema.of(database).leave("a test"))
                .isInstanceOf(SchemaRefused.class)
                .hasMessageContaining("the queue would go with them");
        assertThat(Schema.of(database).check("test")).isEmpty();
    }

    @Test
    void leaving_twice_changes_nothing_the_second_time() throws Exception {
        DataSource database = buildbot();
        Schema.of(database).adopt("blue", true);
        Schema.of(database).leave("it's over $$; drop table builds");
        List<String> before = Listing.of(database);

        assertThat(Schema.of(database).planDeparture()).isEmpty();
        assertThatCode(() -> Schema.of(database).leave("again")).doesNotThrowAnyException();

        assertThat(Listing.of(database)).isEqualTo(before);
    }

    @Test
    void views_of_others_that_read_ours_are_not_dropped_with_them() throws Exception {
        DataSource database = buildbot();
        Schema.of(database).adopt("blue", true);
        Server.execute(database, "create view board as select name from quorate_v1.masters");

        assertThatThrownBy(() -> Schema.of(database).leave("a test"))
                .hasMessage("views of others read Quorate's, and would go with them: drop board first");
        assertThat(Schema.of(database).check("blue")).isEmpty();
        assertThat(Server.texts(database, "select name from board")).isEmpty();
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Two masters with agents or without, a thousand buildrequests, one of them claimed and built. */
    private static void populate(DataSource database) throws SQLException {
        Server.execute(database, """
                insert into masters (id, name, name_hash, active, last_active) values (1, 'm1', 'h1', 1, 0), (2, 'm2', 'h2', 1, 0);
                insert into builders (id, name, name_hash) values (1, 'linux', 'h1');
                insert into buildsets (id, submitted_at) values (1, 0);
                insert into buildrequests (id, buildsetid, builderid, complete, results, submitted_at)
                select n, 1, 1, 0, -1, 1 from generate_series(1, 1000) n;
                insert into buildrequest_claims (brid, masterid, claimed_at) values (1, 1, 1), (2, 2, 1)
                """);
        String locks = Server.text(
                database,
                "select string_agg(', 0', '') from information_schema.columns where column_name = 'locks_duration_s'");
        Server.execute(
                database,
                "insert into builds values (1, 1, 1, 1, null, 1, 1, null, 'building', null"
                        + (locks.equals("null") ? "" : locks) + "), (2, 2, 1, 2, null, 2, 1, null, 'building', null"
                        + (locks.equals("null") ? "" : locks) + ")");
    }

    private static String rows(DataSource database) throws SQLException {
        return Server.text(database, """
                select md5(string_agg(x, chr(10) order by x)) from (
                  select 'r ' || r::text as x from buildrequests r union all select 'c ' || c::text from buildrequest_claims c
                  union all select 'b ' || b::text from builds b union all select 'm ' || m::text from masters m
                  union all select 's ' || s::text from buildsets s) all_rows
                """);
    }
}
