package org.quorate.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.quorate.sql.Schema;

class PostgresFixtureTest {
    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    @Test
    void a_test_gets_a_database_with_the_current_schema() throws Exception {
        assertThat(Schema.of(POSTGRES.dataSource()).check(TestDatabase.CLUSTER)).isEmpty();
    }

    @Test
    void a_table_in_one_database_is_not_visible_in_another() {
        POSTGRES.database().execute("insert into builders (name, name_hash) values ('linux', 'a')");

        try (TestDatabase other = TestDatabase.fresh()) {
            assertThat(other.number("select count(*) from builders")).isZero();
        }
        assertThat(POSTGRES.database().number("select count(*) from builders")).isEqualTo(1);
    }
}
