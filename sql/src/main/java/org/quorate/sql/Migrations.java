package org.quorate.sql;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/**
 * The migrations of one location on the class path, with their history in a table of the schema quorate. Those that are due
 * are one transaction.
 */
final class Migrations {
    private final Flyway flyway;

    private Migrations(FluentConfiguration configuration) {
        flyway = configuration.load();
    }

    /** The subset of Buildbot's tables. */
    static Migrations ofStandalone(DataSource database) {
        return new Migrations(
                configuration(database, "standalone", "flyway_standalone").callbacks(new SearchPath("public")));
    }

    /** Quorate's own schemas, and the triggers on Buildbot's tables, for which it waits as long as patience. */
    static Migrations ofQuorate(DataSource database, Duration patience) {
        return new Migrations(configuration(database, "quorate", "flyway_history")
                .callbacks(new SearchPath("quorate, public"), new QuietBegin(patience)));
    }

    private static FluentConfiguration configuration(DataSource database, String location, String historyTable) {
        return Flyway.configure()
                .dataSource(database)
                .loggers("slf4j")
                .locations("classpath:migrations/" + location)
                .failOnMissingLocations(true)
                .defaultSchema("quorate")
                .createSchemas(true)
                .table(historyTable)
                // the schema holds the other migrations' history already
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .group(true)
                .cleanDisabled(true);
    }

    /** The versions of those that are due, in their order. */
    List<String> due() {
        return Arrays.stream(flyway.info().pending())
                .map(migration -> migration.getVersion().getVersion())
                .toList();
    }

    void apply() {
        flyway.migrate();
    }

    /** Locks the tables that get triggers before the first of them is touched. */
    private record QuietBegin(Duration patience) implements Callback {
        @Override
        public boolean supports(Event event, Context context) {
            return event == Event.BEFORE_EACH_MIGRATE;
        }

        @Override
        public boolean canHandleInTransaction(Event event, Context context) {
            return true;
        }

        @Override
        public void handle(Event event, Context context) {
            try {
                Questions questions = new Questions(context.getConnection());
                List<String> relations = BuildbotTables.of(questions).guarded().stream()
                        .map(BuildbotTables.Guarded::relation)
                        .toList();
                new QuietMoment(context.getConnection(), patience).withoutWrites(relations);
            } catch (java.sql.SQLException e) {
                throw new FlywayException("the tables cannot be locked", e);
            }
        }

        @Override
        public String getCallbackName() {
            return "quiet begin";
        }
    }
}
