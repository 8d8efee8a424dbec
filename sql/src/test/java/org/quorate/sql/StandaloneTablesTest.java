package org.quorate.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** The standalone tables against facts taken from the model of Buildbot 3.7.0, as PostgreSQL itself tells them. */
class StandaloneTablesTest {
    private static final String FACTS = """
            select 'column ' || table_name || '.' || column_name || ' ' || data_type
                   || coalesce('(' || character_maximum_length || ')', '')
                   || case is_nullable when 'NO' then ' not null' else '' end
                   || coalesce(' default ' || regexp_replace(column_default, '^''(\\d+)''::smallint$', '\\1'), '')
              from information_schema.columns where table_schema = 'public' and table_name in (%1$s)
            union all
            select 'index ' || regexp_replace(indexdef, ' (ON) public\\.', ' \\1 ')
              from pg_indexes where schemaname = 'public' and tablename in (%1$s)
            union all
            select 'constraint ' || c.relname || ' ' || pg_get_constraintdef(k.oid)
              from pg_constraint k join pg_class c on c.oid = k.conrelid
             where c.relnamespace = 'public'::regnamespace and c.relname in (%1$s)
            """;

    private static final Set<String> TABLES = new TreeSet<>(Set.of(
            "masters",
            "builders",
            "builder_masters",
            "workers",
            "configured_workers",
            "connected_workers",
            "schedulers",
            "scheduler_masters",
            "changesources",
            "changesource_masters",
            "patches",
            "sourcestamps",
            "buildsets",
            "buildset_sourcestamps",
            "buildset_properties",
            "buildrequests",
            "buildrequest_claims",
            "builds"));

    @Test
    void the_standalone_tables_are_those_of_buildbot() throws Exception {
        DataSource database = Server.emptyDatabase();
        Server.execute(database, migration());

        assertThat(facts(database))
                .containsExactlyElementsOf(
                        resource("/buildbot-3.7.0-facts.txt").lines().toList());
    }

    @Test
    void there_is_no_table_that_buildbot_does_not_have() throws Exception {
        DataSource database = Server.emptyDatabase();
        Server.execute(database, migration());

        assertThat(Server.text(
                        database,
                        "select string_agg(tablename, ' ' order by tablename) from "
                                + "pg_tables where schemaname = 'public'"))
                .isEqualTo(String.join(" ", TABLES));
    }

    static String migration() throws IOException {
        return resource("/migrations/standalone/V1__buildbot_subset.sql");
    }

    static List<String> facts(DataSource database) throws SQLException {
        String tables = TABLES.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
        List<String> facts = new ArrayList<>();
        try (Connection connection = database.getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(String.format(FACTS, tables))) {
            while (rows.next()) {
                facts.add(rows.getString(1));
            }
        }
        facts.sort(null);
        return facts;
    }

    private static String resource(String name) throws IOException {
        try (var in = StandaloneTablesTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
