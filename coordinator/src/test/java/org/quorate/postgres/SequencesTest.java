package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.quorate.testing.PostgresFixture;
import org.quorate.testing.TestDatabase;

/** A switch-over to a logical replica, or an upgrade with two servers, copies rows and leaves the sequences at 1. */
class SequencesTest {
    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.adoptedPerTest();

    private PostgresDatabase database;

    @BeforeEach
    void some_history_and_requests() {
        TestDatabase tables = POSTGRES.database();
        database = PostgresDatabase.open(
                new DatabaseSettings(
                        tables.url(),
                        tables.user(),
                        tables.password(),
                        1,
                        Duration.ofSeconds(50),
                        Duration.ofSeconds(55)),
                "quorate-test");
        PostgresMasters masters = new PostgresMasters(database);
        masters.offerBuilders(masters.register("m1", UUID.randomUUID(), 1).authority(), java.util.List.of("linux"));
        tables.text("select count(*) from quorate_v1.submit('linux', count => 5)");
        tables.execute("insert into quorate.event (masterid, events) values (1, '[]'), (1, '[]')");
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void where_no_sequence_is_behind_nothing_is_said() {
        assertThat(behind()).isEqualTo("null");
        assertThat(new PostgresCluster(database).objection(TestDatabase.CLUSTER))
                .isEmpty();
    }

    @Test
    void every_sequence_that_is_behind_its_table_is_named_with_its_mend_and_mended_by_it() {
        TestDatabase tables = POSTGRES.database();
        tables.execute("alter sequence quorate.history_seq_seq restart; alter sequence quorate.event_seq_seq restart;"
                + " alter sequence buildsets_id_seq restart; alter sequence buildrequests_id_seq restart");

        assertThat(behind())
                .isEqualTo("buildrequests_id_seq buildsets_id_seq quorate.event_seq_seq quorate.history_seq_seq");

        tables.execute("do $$ declare m text; begin for m in select mend from quorate.sequences_behind()"
                + " loop execute m; end loop; end $$");
        assertThat(behind()).isEqualTo("null");
        assertThat(tables.number("select count(*) from quorate_v1.submit('linux')"))
                .isEqualTo(1);
    }

    @Test
    void a_master_does_not_register_while_the_historys_sequence_is_behind() {
        POSTGRES.database().execute("alter sequence quorate.history_seq_seq restart");

        assertThat(new PostgresCluster(database).objection(TestDatabase.CLUSTER).orElseThrow())
                .startsWith("the sequence quorate.history_seq_seq is at 0, behind its table, which is at ")
                .endsWith("run select setval('quorate.history_seq_seq', (select max(seq) from quorate.history))");
    }

    @Test
    void a_master_does_not_register_while_the_events_sequence_is_behind() {
        POSTGRES.database().execute("alter sequence quorate.event_seq_seq restart");

        assertThat(new PostgresCluster(database).objection(TestDatabase.CLUSTER).orElseThrow())
                .startsWith("the sequence quorate.event_seq_seq is at 0, behind its table, which is at ");
    }

    private static String behind() {
        return POSTGRES.database()
                .text("select string_agg(b.sequence, ' ' order by b.sequence) from quorate.sequences_behind() b");
    }
}
