package org.quorate.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The events that Quorate publishes when it changes Buildbot's rows, in a database that Buildbot made. */
class EventTest {
    private DataSource database;

    @BeforeEach
    void given_a_database_of_buildbot_with_one_master() throws Exception {
        database = Server.emptyDatabase();
        Server.execute(database, StandaloneTablesTest.migration());
        Server.execute(database, """
                create table alembic_version (version_num varchar(32) primary key);
                insert into alembic_version values ('059');
                """);
        Schema.of(database).create("blue", false);
        Server.execute(database, """
                insert into masters (id, name, name_hash, active, last_active) values (1, 'm1', 'h1', 1, 0);
                insert into quorate.master (masterid, name, epoch, incarnation, state, changed_by)
                values (1, 'm1', 1, gen_random_uuid(), 'active', 'x');
                insert into builders (id, name, name_hash) values (1, 'linux', 'h1');
                """);
    }

    @AfterEach
    void drop() throws Exception {
        Server.drop(database);
    }

    @Test
    void a_number_is_given_at_the_commit_so_that_none_turns_up_behind_one_that_was_read() throws Exception {
        try (Connection slow = database.getConnection();
                Statement statement = slow.createStatement()) {
            slow.setAutoCommit(false);
            statement.execute("select quorate.publish('buildsets', 1, 'complete')");
            statement.execute("select quorate.publish('buildsets', 2, 'complete')");
            Server.execute(database, "select quorate.publish('buildsets', 3, 'complete')");
            assertThat(published()).containsExactly("buildsets 3 complete");

            slow.commit();
        }

        assertThat(published()).containsExactly("buildsets 3 complete", "buildsets 1 complete", "buildsets 2 complete");
    }

    @Test
    void a_finished_buildset_is_published_once() throws Exception {
        Server.execute(database, "select quorate_v1.submit('linux', count => 2)");
        Server.execute(database, "update buildrequests set complete = 1, results = 0");

        assertThat(run("buildsets/finish", Map.of("brids", "'{1,2}'"))).hasSize(1);
        assertThat(run("buildsets/finish", Map.of("brids", "'{1,2}'"))).isEmpty();

        assertThat(published()).containsExactly("buildsets 1 complete");
    }

    @Test
    void a_buildset_that_the_housekeeper_finishes_is_published() throws Exception {
        Server.execute(database, "select quorate_v1.submit('linux')");
        Server.execute(database, "update buildrequests set complete = 1, results = 0");

        run("buildsets/finish_stragglers", Map.of());

        assertThat(published()).containsExactly("buildsets 1 complete");
    }

    @Test
    void a_cancelled_request_is_published_and_its_buildset_with_the_last_one() throws Exception {
        Server.execute(database, "select quorate_v1.submit('linux', count => 2)");

        Server.execute(database, "select quorate_v1.cancel(1)");
        assertThat(published()).containsExactly("buildrequests 1 complete");
        Server.execute(database, "select quorate_v1.cancel(2)");

        assertThat(published())
                .containsExactly("buildrequests 1 complete", "buildrequests 2 complete", "buildsets 1 complete");
    }

    @Test
    void the_released_claims_and_ended_builds_of_a_master_are_published() throws Exception {
        Server.execute(database, """
                select quorate_v1.submit('linux', count => 3);
                insert into buildrequest_claims (brid, masterid, claimed_at) values (1, 1, 0), (2, 1, 0);
                insert into quorate.claim (brid, masterid, epoch, attempt) select n, 1, 1, gen_random_uuid() from generate_series(1, 2) n;
                insert into builds (id, number, builderid, buildrequestid, masterid, started_at, complete_at, state_string)
                values (7, 1, 1, 1, 1, 0, null, ''), (8, 2, 1, 3, 1, 0, 1, '')
                """);

        Map<String, String> gone =
                Map.of("masterid", "1", "leader_epoch", "null", "actor", "'x'", "why", "'it is gone'");
        run("masters/release_claims", gone);
        run("masters/end_builds", gone);

        assertThat(published())
                .containsExactlyInAnyOrder(
                        "builds 7 finished", "buildrequests 1 unclaimed", "buildrequests 2 unclaimed");
    }

    @Test
    void an_operators_change_of_a_scheduler_is_published() throws Exception {
        Server.execute(database, "insert into schedulers (id, name, name_hash) values (4, 'nightly', 'n')");

        Server.execute(database, "select quorate_v1.enable('nightly', false)");

        assertThat(published()).containsExactly("schedulers 4 updated");
    }

    @Test
    void a_change_source_can_be_moved_but_not_disabled() throws Exception {
        Server.execute(database, "insert into changesources (id, name, name_hash) values (4, 'git', 'g')");

        assertThat(Server.text(database, "select quorate_v1.move('changesource:git', 'm1')"))
                .isEqualTo("moving");
        assertThat(Server.text(database, "select scheduler from quorate_v1.history where kind = 'move'"))
                .isEqualTo("changesource:git");
        assertThatThrownBy(() -> Server.execute(database, "select quorate_v1.enable('changesource:git', false)"))
                .hasMessageContaining("changesource:git is a change source");
    }

    @Test
    void a_change_source_that_has_terms_is_claimed_in_buildbots_table_by_its_owner_only() throws Exception {
        Server.execute(database, """
                insert into changesources (id, name, name_hash) values (4, 'git', 'g'), (5, 'pb', 'p');
                insert into masters (id, name, name_hash, active, last_active) values (2, 'm2', 'h2', 1, 0);
                insert into quorate.master (masterid, name, epoch, incarnation, state, changed_by)
                values (2, 'm2', 1, gen_random_uuid(), 'active', 'x');
                insert into quorate.scheduler (schedulerid, term, masterid, epoch) values (-4, 1, 2, 1), (-5, 1, 1, 1);
                """);
        String asMaster = "set quorate.masterid = 1; set quorate.epoch = 1; ";

        Server.execute(database, asMaster + "insert into changesource_masters values (5, 1)");
        assertThatThrownBy(() -> Server.execute(database, asMaster + "insert into changesource_masters values (4, 1)"))
                .hasMessageContaining("master 1 does not own change source 4");
    }

    @Test
    void nothing_is_published_where_there_are_only_the_standalone_tables() throws Exception {
        DataSource standalone = Server.database();

        Server.execute(standalone, "select quorate.publish('buildsets', 1, 'complete')");

        assertThat(Server.text(standalone, "select count(*) from quorate.event"))
                .isEqualTo("0");
        Server.drop(standalone);
    }

    /** All that Quorate said, in the order of the numbers. */
    private List<String> published() throws SQLException {
        List<String> told = new ArrayList<>();
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery("""
                        select string_agg(w, ' ' order by place) from quorate.event e
                         cross join lateral json_array_elements(e.events) with ordinality as b(event, n)
                         cross join lateral json_array_elements_text(event -> 'keys' -> 0) with ordinality as k(w, place)
                         where e.masterid = 0 group by e.seq, n order by e.seq, n""")) {
            while (rows.next()) {
                told.add(rows.getString(1));
            }
        }
        return told;
    }

    private List<String> run(String name, Map<String, String> values) throws SQLException {
        NamedParameters read = NamedParameters.questionMarks(Statements.named(name));
        String sql = read.sql();
        for (String parameter : read.names()) {
            sql = sql.replaceFirst("\\?", Objects.requireNonNull(values.get(parameter)));
        }
        List<String> rows = new ArrayList<>();
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql);
                var result = statement.executeQuery()) {
            while (result.next()) {
                rows.add(result.getString(1));
            }
        }
        return rows;
    }
}
