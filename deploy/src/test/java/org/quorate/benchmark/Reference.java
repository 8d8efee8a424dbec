package org.quorate.benchmark;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.quorate.embedded.EmbeddedPostgres;

/**
 * The transaction of {@code pgbench -N}: update an account, read it, insert a history row, commit; 4 clients, prepared,
 * on tables of scale 10. It measures what this machine's PostgreSQL can commit at this moment.
 */
final class Reference {
    private static final int ACCOUNTS = 1_000_000;
    private static final int CLIENTS = 4;

    private final EmbeddedPostgres postgres;

    private Reference(EmbeddedPostgres postgres) {
        this.postgres = postgres;
    }

    static Reference prepare(EmbeddedPostgres postgres) throws SQLException {
        postgres.createDatabase("reference");
        try (Connection connection = postgres.dataSource("reference").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create table accounts (aid int primary key, bid int, abalance int, filler char(84))"
                    + " with (fillfactor = 100)");
            statement.execute(
                    "create table history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22))");
            statement.execute(
                    "insert into accounts select g, g / 100000 + 1, 0, '' from generate_series(1, " + ACCOUNTS + ") g");
            statement.execute("vacuum analyze accounts");
        }
        return new Reference(postgres);
    }

    /** Returns the transactions per second. */
    double measure(int seconds) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            long until = System.nanoTime() + seconds * 1_000_000_000L;
            List<Callable<Integer>> work = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                Random random = new Random(client);
                work.add(() -> run(until, random));
            }
            int transactions = 0;
            for (Future<Integer> done : clients.invokeAll(work)) {
                transactions += done.get();
            }
            return transactions / (double) seconds;
        } finally {
            clients.shutdown();
        }
    }

    private int run(long until, Random random) throws SQLException {
        try (Connection connection = postgres.dataSource("reference").getConnection()) {
            connection.setAutoCommit(false);
            try (PreparedStatement update =
                            connection.prepareStatement("update accounts set abalance = abalance + ? where aid = ?");
                    PreparedStatement select =
                            connection.prepareStatement("select abalance from accounts where aid = ?");
                    PreparedStatement insert =
                            connection.prepareStatement("insert into history (tid, bid, aid, delta, mtime) values "
                                    + "(?, ?, ?, ?, current_timestamp)")) {
                int transactions = 0;
                while (System.nanoTime() < until) {
                    int aid = 1 + random.nextInt(ACCOUNTS);
                    int delta = random.nextInt(10_000) - 5_000;
                    update.setInt(1, delta);
                    update.setInt(2, aid);
                    update.executeUpdate();
                    select.setInt(1, aid);
                    select.executeQuery().close();
                    insert.setInt(1, aid % 100 + 1);
                    insert.setInt(2, aid / 100_000 + 1);
                    insert.setInt(3, aid);
                    insert.setInt(4, delta);
                    insert.executeUpdate();
                    connection.commit();
                    transactions++;
                }
                return transactions;
            }
        }
    }
}
