package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.quorate.identity.DatabaseIdentity;
import org.quorate.identity.DatabaseView;
import org.quorate.identity.Followed;
import org.quorate.identity.IdentityRules;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.testing.PostgresFixture;
import org.quorate.testing.TestDatabase;

class PostgresClusterTest {
    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    private PostgresDatabase database;

    @BeforeEach
    void open() {
        database = open(POSTGRES, SessionCheck.NONE);
    }

    private static PostgresDatabase open(TestDatabase database, SessionCheck check) {
        // a session that is refused is waited for in full, and any other one only until it is open
        Duration patience = Duration.ofSeconds(check == SessionCheck.NONE ? 100 : 10);
        return PostgresDatabase.onDemand(
                new DatabaseSettings(
                        database.url(),
                        database.user(),
                        database::password,
                        1,
                        patience,
                        patience.plusSeconds(50),
                        check),
                "test");
    }

    private static PostgresDatabase open(PostgresFixture postgres, SessionCheck check) {
        return open(postgres.database(), check);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private DatabaseView view() {
        return new PostgresCluster(database).view();
    }

    /** Makes the recorded timeline older than that of the server, as a promotion does the other way round. */
    private void promote() {
        POSTGRES.database().execute("update quorate.cluster set timeline = timeline - 1");
    }

    @Test
    void a_new_database_records_where_it_is() {
        DatabaseView view = view();

        assertThat(view.here()).isEqualTo(view.identity().place());
        assertThat(view.here().timeline()).isOne();
        assertThat(view.identity().former()).isEmpty();
        assertThat(view.identity().ensemble()).isEmpty();
    }

    @Test
    void a_promotion_is_given_one_new_identity_however_many_agents_see_it() {
        UUID before = view().identity().database();
        promote();

        new PostgresCluster(database).renew(before, "master:m1");
        DatabaseIdentity after = view().identity();
        new PostgresCluster(database).renew(before, "master:m2");
        new PostgresCluster(database).renew(after.database(), "master:m2");

        assertThat(view().identity()).isEqualTo(after);
        assertThat(after.database()).isNotEqualTo(before);
        assertThat(after.former()).containsExactly(before);
        assertThat(view().isOnNewTimeline()).isFalse();
        assertThat(POSTGRES.database().text("select actor || ': ' || why from quorate.history where kind = 'identity'"))
                .isEqualTo("master:m1: the database was promoted or restored: timeline 1 after 0");
        assertThat(POSTGRES.database().violations()).isEmpty();
    }

    @Test
    void only_the_expected_ensemble_is_replaced() {
        PostgresCluster cluster = new PostgresCluster(database);
        UUID first = UUID.randomUUID();
        UUID second = UUID.randomUUID();

        cluster.recordEnsemble(Optional.empty(), first, "master:m1");
        cluster.recordEnsemble(Optional.empty(), second, "master:m2");
        assertThat(view().identity().ensemble()).contains(first);
        cluster.recordEnsemble(Optional.of(first), second, "master:m2");

        assertThat(view().identity().ensemble()).contains(second);
        assertThat(POSTGRES.database().number("select count(*) from quorate.history where kind = 'identity'"))
                .isEqualTo(2);
    }

    @Test
    void a_session_to_a_copy_of_the_database_is_refused_when_it_is_opened() {
        DatabaseIdentity original = view().identity();
        database.close();
        try (TestDatabase copy = TestDatabase.copyOf(POSTGRES.database())) {
            database = open(copy, SessionCheck.of(view -> IdentityRules.objectionToWork(view, Optional.empty())));

            assertThatThrownBy(this::view)
                    .isInstanceOf(DatabaseUnreachable.class)
                    .hasStackTraceContaining("is a copy of the cluster's")
                    .hasStackTraceContaining(original.place().toString());
        }
    }

    @Test
    void a_session_to_a_former_primary_is_refused_when_it_is_opened() {
        DatabaseIdentity identity = view().identity();
        database.close();
        Optional<Followed> successor = Optional.of(new Followed(identity.cluster(), UUID.randomUUID()));
        database = open(POSTGRES, SessionCheck.of(view -> IdentityRules.objectionToWork(view, successor)));

        assertThatThrownBy(this::view)
                .isInstanceOf(DatabaseUnreachable.class)
                .hasStackTraceContaining("the cluster uses the database "
                        + successor.orElseThrow().database());
    }

    @Test
    void a_database_without_a_schema_is_refused_by_itself_and_not_by_the_check() {
        database.close();
        try (TestDatabase empty = TestDatabase.empty()) {
            database = open(empty, SessionCheck.of(view -> Optional.of("refused")));

            assertThat(new PostgresCluster(database).objection("test").orElseThrow())
                    .contains("has no Quorate schema");
        }
    }

    @Test
    void sessions_are_opened_and_checked_again_when_that_is_asked() {
        database.close();
        String[] objection = {null};
        database = open(POSTGRES, SessionCheck.of(view -> Optional.ofNullable(objection[0])));
        view();

        objection[0] = "the test refuses";
        view();
        database.renewSessions();

        assertThatThrownBy(this::view).hasStackTraceContaining("the test refuses");
    }
}
