package org.quorate.benchmark;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.quorate.claim.Claim;
import org.quorate.claim.ClaimBudget;
import org.quorate.claim.Completion;
import org.quorate.claim.LowWaterMarks;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.embedded.EmbeddedPostgres;
import org.quorate.master.Authority;
import org.quorate.postgres.DatabaseSettings;
import org.quorate.postgres.PostgresClaims;
import org.quorate.postgres.PostgresDatabase;
import org.quorate.postgres.PostgresMasters;

/** A deep queue of one builder, and agents that claim from it and complete what they claimed in their next turn. */
final class Queue {
    private final EmbeddedPostgres postgres;
    private final int builderid;

    private Queue(EmbeddedPostgres postgres, int builderid) {
        this.postgres = postgres;
        this.builderid = builderid;
    }

    static Queue fill(EmbeddedPostgres postgres, int pending) throws SQLException {
        try (Connection connection = postgres.dataSource("postgres").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("insert into builders (id, name, name_hash) values (1000000, 'bench', 'bench')");
            statement.execute("insert into buildsets (id, reason, submitted_at, results)"
                    + " select g, 'bench', 1, -1 from generate_series(10000001, 10000000 + " + pending + ") g");
            statement.execute("insert into buildrequests (id, buildsetid, builderid, priority, results, submitted_at)"
                    + " select g, g, 1000000, case when g % 10 = 0 then 10 else 0 end, -1, 1"
                    + " from generate_series(10000001, 10000000 + " + pending + ") g");
            statement.execute("vacuum analyze");
        }
        return new Queue(postgres, 1_000_000);
    }

    /** Claims and completes until the time is over. Returns how many buildrequests were completed. */
    int work(String master, int batch, long untilNanos) {
        DatabaseSettings settings = new DatabaseSettings(
                postgres.jdbcUrl("postgres"),
                postgres.user(),
                postgres.password(),
                1,
                Duration.ofSeconds(20),
                Duration.ofSeconds(30));
        try (PostgresDatabase database = PostgresDatabase.open(settings, PostgresMasters.applicationName(master))) {
            Authority authority = new PostgresMasters(database)
                    .register(master, UUID.randomUUID(), 0)
                    .authority();
            return turns(new PostgresClaims(database), authority, batch, untilNanos);
        }
    }

    private int turns(PostgresClaims claims, Authority authority, int batch, long untilNanos) {
        LowWaterMarks floors = new LowWaterMarks();
        List<Completion> done = new ArrayList<>();
        int completed = 0;
        while (System.nanoTime() < untilNanos) {
            long now = System.nanoTime();
            ClaimBudget budget =
                    new ClaimBudget(List.of(new Wanted(builderid, batch, floors.of(builderid, now))), batch);
            Turn.Outcome outcome = claims.take(
                    authority, new Turn(UUID.randomUUID(), done, List.of(), budget.wanted(), budget.limit()));
            floors.learn(budget, outcome.claimed(), now);
            completed += outcome.completed().size();
            done.clear();
            for (Claim claim : outcome.claimed()) {
                done.add(new Completion(claim.attempt(), 0));
            }
        }
        return completed;
    }
}
