package org.quorate.demo.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.quorate.testing.PostgresFixture;

/** Which completions the rows of Buildbot's builds explain. */
class BuildbotMastersTest {
    private static final int SUCCESS = 0;
    private static final int FAILURE = 2;
    private static final int RETRY = 5;
    /** The claims of these tests are made in the middle of this second. */
    private static final int CLAIMED = 1_795_500_000;

    /** The number of the next build: unique for a builder. */
    private static int number = 1;

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    @Test
    void a_build_of_the_master_that_completed_with_these_results_explains_the_completion() throws Exception {
        completed(1, SUCCESS);
        build(2, RETRY, CLAIMED - 9);
        build(1, SUCCESS, CLAIMED);

        assertThat(witness()).isEqualTo(new Witness(2, 0));
    }

    @Test
    void a_build_whose_master_died_before_it_could_complete_the_request_explains_nothing() throws Exception {
        completed(1, SUCCESS);
        build(2, SUCCESS, CLAIMED - 9);
        build(1, SUCCESS, CLAIMED + 3);

        assertThat(witness().unexplained()).isZero();
    }

    @Test
    void a_completion_without_a_build_is_unexplained() throws Exception {
        completed(1, SUCCESS);

        assertThat(witness()).isEqualTo(new Witness(0, 1));
    }

    @Test
    void a_build_with_other_results_or_of_another_master_or_still_running_explains_nothing() throws Exception {
        completed(1, SUCCESS);
        build(1, FAILURE, CLAIMED);
        build(2, SUCCESS, CLAIMED);
        execute("insert into builds (number, builderid, buildrequestid, masterid, started_at, state_string, results)"
                + " values (9, 1, 1, 1, " + CLAIMED + ", '', 0)");

        assertThat(witness()).isEqualTo(new Witness(3, 1));
    }

    @Test
    void a_completion_with_two_builds_under_one_claim_is_unexplained() throws Exception {
        completed(1, SUCCESS);
        build(1, SUCCESS, CLAIMED);
        build(1, SUCCESS, CLAIMED + 1);

        assertThat(witness()).isEqualTo(new Witness(2, 1));
    }

    @Test
    void a_completion_as_retry_is_never_explained() throws Exception {
        completed(1, RETRY);
        build(1, RETRY, CLAIMED);

        assertThat(witness().unexplained()).isEqualTo(1);
    }

    private static Witness witness() {
        Installation buildbot = new Installation("3.7.0", Path.of("plugin"), Path.of("configuration"));
        try (Ledger ledger = Ledger.open(POSTGRES.dataSource())) {
            return new BuildbotMasters(buildbot, new Sample(Path.of("sample"))).witness(List.of(), ledger);
        }
    }

    /** Inserts one buildrequest that this master claimed and completed. */
    private static void completed(int master, int results) throws SQLException {
        String attempt = "'5f8d2c1e-6a57-4d0c-b6b8-1d2b1f6e0c22'";
        execute(
                "insert into masters (id, name, name_hash, active, last_active) values"
                        + " (1, 'm1', 'hash1', 1, 0), (2, 'm2', 'hash2', 1, 0)",
                "insert into builders (id, name, name_hash) values (1, 'lint', 'hash')",
                "insert into buildsets (id, complete, submitted_at) values (1, 1, 0)",
                "insert into buildrequests (id, buildsetid, builderid, priority, complete, results, submitted_at)"
                        + " values (1, 1, 1, 0, 1, " + results + ", 0)",
                "insert into quorate.history (at, kind, masterid, brid, attempt, actor) values" + " (to_timestamp("
                        + CLAIMED + ".5), 'claim', " + master + ", 1, " + attempt + ", 'test')",
                "insert into quorate.history (at, kind, masterid, brid, attempt, results, actor) values"
                        + " (to_timestamp(" + CLAIMED + ".5) + interval '5 s', 'complete', " + master + ", 1, "
                        + attempt
                        + ", " + results + ", 'test')");
    }

    private static void build(int master, int results, int startedAt) throws SQLException {
        execute("insert into builds (number, builderid, buildrequestid, masterid, "
                + "started_at, complete_at, state_string,"
                + " results) values (" + number++ + ", 1, 1, " + master + ", " + startedAt + ", "
                + (startedAt + 1)
                + ", '', " + results + ")");
    }

    private static void execute(String... statements) throws SQLException {
        try (Connection connection = POSTGRES.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }
}
