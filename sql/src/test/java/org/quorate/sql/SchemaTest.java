package org.quorate.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class SchemaTest {
    private static final String TABLES_BY_SCHEMA =
            "select string_agg(table_schema || '.' || table_name, ' ' order by 1)"
                    + " from information_schema.tables where table_name in ('buildrequests', 'claim', 'flyway_history',"
                    + " 'flyway_standalone')";

    @Test
    void an_empty_database_gets_the_standalone_tables_and_the_private_schema() throws Exception {
        DataSource database = Server.emptyDatabase();

        Schema.of(database).create("blue", true);

        assertThat(Server.text(database, TABLES_BY_SCHEMA))
                .contains(
                        "public.buildrequests", "quorate.claim", "quorate.flyway_history", "quorate.flyway_standalone");
        assertThat(Schema.of(database).version()).hasValue(Schema.REQUIRED_VERSION);
        assertThat(Schema.of(database).check("blue")).isEmpty();
    }

    @Test
    void creating_the_schema_again_changes_nothing() throws Exception {
        DataSource database = Server.emptyDatabase();
        Schema.of(database).create("blue", true);
        String before = Server.text(database, "select cluster_uuid from quorate.cluster");

        Schema.of(database).create("blue", true);

        assertThat(Server.text(database, "select cluster_uuid from quorate.cluster"))
                .isEqualTo(before);
        assertThat(Server.text(database, "select count(*) from quorate.flyway_history where version = '1'"))
                .isEqualTo("1");
    }

    @Test
    void several_processes_may_create_at_once() throws Exception {
        DataSource database = Server.emptyDatabase();
        Callable<Object> create = () -> {
            Schema.of(database).create("blue", true);
            return true;
        };
        ExecutorService threads = Executors.newFixedThreadPool(3);

        try {
            for (var outcome : threads.invokeAll(List.of(create, create, create))) {
                outcome.get();
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(Schema.of(database).check("blue")).isEmpty();
    }

    @Test
    void a_database_of_another_cluster_is_refused() throws Exception {
        DataSource database = Server.emptyDatabase();
        Schema.of(database).create("blue", true);

        assertThat(Schema.of(database).check("green"))
                .contains("this database belongs to the cluster blue, not to green");
        assertThatThrownBy(() -> Schema.of(database).create("green", true))
                .isInstanceOf(SchemaRefused.class)
                .hasMessage("this database belongs to the cluster blue, not to green");
    }

    @Test
    void a_missing_older_or_newer_schema_is_reported_in_one_line() throws Exception {
        DataSource database = Server.emptyDatabase();
        assertThat(Schema.of(database).check("blue").orElseThrow()).startsWith("this database has no Quorate schema");

        Schema.of(database).create("blue", true);
        pretendVersion(database, 0);
        assertThat(Schema.of(database).check("blue").orElseThrow())
                .contains("of version 0 and this program needs " + Schema.REQUIRED_VERSION);
        pretendVersion(database, 99);
        assertThat(Schema.of(database).check("blue").orElseThrow())
                .contains("of version 99 and this program knows " + Schema.REQUIRED_VERSION + " only");
    }

    @Test
    void the_standalone_tables_get_the_indexes_and_keep_them() throws Exception {
        DataSource database = Server.emptyDatabase();
        Schema.of(database).create("blue", true);
        assertThat(Server.texts(database, "select indexname from pg_indexes where indexname ~ '^quorate_' order by 1"))
                .containsExactly("quorate_children", "quorate_open", "quorate_pending", "quorate_running");

        Server.execute(database, "drop index quorate_open");
        Schema.of(database).create("blue", true);

        assertThat(Server.text(database, "select count(*) from pg_indexes where indexname = 'quorate_open'"))
                .isEqualTo("1");
    }

    private static void pretendVersion(DataSource database, int version) throws Exception {
        Server.execute(
                database,
                "create or replace function quorate.schema_version() returns integer language sql immutable as 'select "
                        + version + "'");
    }
}
