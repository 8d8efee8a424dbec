package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.quorate.master.Authority;
import org.quorate.testing.PostgresFixture;

class HistoryRetentionTest {
    private static final Duration RETENTION = Duration.ofDays(90);

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    private PostgresDatabase database;
    private PostgresMasters masters;
    private Authority m1;
    private long leaderEpoch;

    @BeforeEach
    void lead() {
        database = PostgresDatabase.open(
                new DatabaseSettings(
                        POSTGRES.url(),
                        POSTGRES.user(),
                        POSTGRES.password(),
                        2,
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(30)),
                "quorate-test");
        masters = new PostgresMasters(database);
        m1 = masters.register("m1", UUID.randomUUID(), 0).authority();
        leaderEpoch = masters.lead(m1, 0);
        POSTGRES.database()
                .execute("insert into quorate.history (at, kind, actor)"
                        + " values (now() - interval '95 days', 'lead', 'x')");
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void the_housekeeper_drops_history_that_is_older_than_the_retention_and_nothing_else() {
        long before = POSTGRES.database().number("select count(*) from quorate.history");

        masters.tidy(m1, leaderEpoch, Duration.ofDays(100));
        assertThat(POSTGRES.database().number("select count(*) from quorate.history"))
                .isEqualTo(before);
        masters.tidy(m1, leaderEpoch, RETENTION);

        assertThat(POSTGRES.database().number("select count(*) from quorate.history"))
                .isEqualTo(before - 1);
        assertThat(POSTGRES.database().violations()).isEmpty();
    }

    @Test
    void a_deposed_housekeeper_drops_nothing() {
        masters.lead(masters.register("m2", UUID.randomUUID(), 0).authority(), 0);

        masters.tidy(m1, leaderEpoch, RETENTION);

        assertThat(POSTGRES.database().number("select count(*) from quorate.history where actor = 'x'"))
                .isOne();
    }
}
