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
 * The migrations of one location on the class path. A table of the schema quorate records the applied ones; those that
 * are due are applied in one transaction.
 */
final class Migrations {
    private final Flyway flyway;

    private Migrations(FluentConfiguration configuration) {
        flyway = configuration.load();
    }

    /** Returns the migrations of the standalone subset of Buildbot's tables. */
    static Migrations ofStandalone(DataSource database) {
        return new Migrations(
                configuration(database, "standalone", "flyway_standalone").callbacks(new SearchPath("public")));
    }

    /** Returns those of Quorate's schemas and of the triggers on Buildbot's tables, for whose locks they wait. */
    static Migrations ofQuorate(DataSource database, Duration patience) {
        return new Migrations(configuration(database, "quorate", "flyway_history")
                .callbacks(new SearchPath("quorate, public"), new QuietBegin(patience)));
    }

    private static FluentConfiguration configuration(DataSource database, String location, String historyTable) {
        return Flyway.configure()
                .dataSource(PatientSessions.of(database))
                .loggers("slf4j")
                .locations("classpath:migrations/" + location)
                .failOnMissingLocations(true)
                .defaultSchema("quorate")
                .createSchemas(true)
                .table(historyTable)
                // the schema already holds the history table of the other location
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .group(true)
                .cleanDisabled(true);
    }

    /** Returns the versions that are due, in order. */
    List<String> due() {
        return Arrays.stream(flyway.info().pending())
                .map(migration -> migration.getVersion().getVersion())
                .toList();
    }

    void apply() {
        flyway.migrate();
    }

    /** Locks all tables that get triggers before a migration changes the first of them. */
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
