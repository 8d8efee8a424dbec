package org.quorate.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.quorate.embedded.EmbeddedPostgres;
import org.quorate.zookeeper.EmbeddedZooKeeper;

/**
 * Measures one packaged agent with its shell buildmaster on an idle cluster: memory, statements a second, and how soon
 * a build starts.
 */
final class AtRest {
    private static final int SETTLE_SECONDS = 15;
    private static final int WATCH_SECONDS = 30;
    private static final int SUBMISSIONS = 101;

    private AtRest() {}

    static void measure(EmbeddedPostgres postgres, Path directory, String cluster) throws Exception {
        try (EmbeddedZooKeeper zooKeeper = EmbeddedZooKeeper.start(directory.resolve("zk"))) {
            Path starts = directory.resolve("starts");
            Files.createFile(starts);
            Process agent = start(postgres, zooKeeper, directory, cluster, starts);
            try {
                awaitBuilder(postgres);
                Thread.sleep(SETTLE_SECONDS * 1000L);
                System.out.println("one agent (the housekeeper) with its shell buildmaster, on an idle cluster");
                System.out.printf(
                        Locale.ROOT,
                        "  statements a second, over %d s: %.2f%n",
                        WATCH_SECONDS,
                        statements(postgres, directory));
                latency(postgres, starts);
                System.out.printf(
                        Locale.ROOT, "  resident memory of the agent: %.0f MB%n", residentMegabytes(agent.pid()));
            } finally {
                agent.destroy();
                agent.waitFor();
            }
        }
    }

    private static Process start(
            EmbeddedPostgres postgres, EmbeddedZooKeeper zooKeeper, Path directory, String cluster, Path starts)
            throws IOException {
        Path password = directory.resolve("password");
        Files.writeString(password, postgres.password());
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        Path shell = directory.resolve("shell.yaml");
        Files.writeString(
                shell,
                "slots: 4\ndirectory: " + directory.resolve("builds") + "\nbuilders:\n"
                        + "  idle: {command: [sh, -c, \"echo $QUORATE_BRID $(date +%s%N) >> " + starts
                        + "\"], slots: 4}\n");
        String program = Path.of(System.getProperty("quorate.home", "target/quorate-0.1.0"), "bin", "quorate-agent")
                .toAbsolutePath()
                .toString();
        Path agent = directory.resolve("agent.yaml");
        Files.writeString(
                agent,
                String.join(
                        "\n",
                        List.of(
                                "cluster: " + cluster,
                                "master: rest",
                                "state_directory: " + directory.resolve("s"),
                                "zookeeper: {connect: \"" + zooKeeper.connectString() + "\"}",
                                "database: {url: \"" + postgres.jdbcUrl("postgres") + "\", user: " + postgres.user()
                                        + ", password_file: " + password + "}",
                                "buildmaster:",
                                "  command: [" + program + ", shell-buildmaster, --config, " + shell + "]",
                                "  directory: " + directory,
                                "")));
        return new ProcessBuilder(program, "--config", agent.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("agent.log").toFile())
                .start();
    }

    private static void awaitBuilder(EmbeddedPostgres postgres) throws Exception {
        for (int i = 0; i < 600; i++) {
            if (number(
                            postgres,
                            "select count(*) from builders b join builder_masters m on m.builderid = b.id"
                                    + " where b.name = 'idle'")
                    > 0) {
                return;
            }
            Thread.sleep(100);
        }
        throw new IllegalStateException("the agent did not register within a minute");
    }

    /** Counts the statements by the server's log, which has each statement for a while. */
    private static double statements(EmbeddedPostgres postgres, Path directory) throws Exception {
        execute(postgres, "alter system set log_statement = 'all'");
        execute(postgres, "alter system set log_line_prefix = '%a|'");
        execute(postgres, "select pg_reload_conf()");
        Thread.sleep(2000);
        long before = logged(directory);
        Thread.sleep(WATCH_SECONDS * 1000L);
        long after = logged(directory);
        execute(postgres, "alter system reset all");
        execute(postgres, "select pg_reload_conf()");
        return (after - before) / (double) WATCH_SECONDS;
    }

    private static long logged(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("pg"))) {
            long lines = 0;
            for (Path file : files.filter(f -> f.toString().endsWith(".log") && Files.isRegularFile(f))
                    .toList()) {
                try (Stream<String> content = Files.lines(file)) {
                    lines += content.filter(line -> line.startsWith("quorate-agent:")
                                    && (line.contains("LOG:  execute") || line.contains("LOG:  statement")))
                            .count();
                }
            }
            return lines;
        }
    }

    private static void latency(EmbeddedPostgres postgres, Path starts) throws Exception {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < SUBMISSIONS; i++) {
            long before = Files.lines(starts).count();
            long sent = System.currentTimeMillis();
            number(postgres, "select count(*) from quorate_v1.submit('idle')");
            while (Files.lines(starts).count() == before) {
                Thread.sleep(2);
            }
            List<String> lines = Files.readAllLines(starts);
            long started = Long.parseLong(lines.get(lines.size() - 1).split(" ")[1]);
            millis.add(started / 1e6 - sent);
            Thread.sleep(200);
        }
        Collections.sort(millis);
        System.out.printf(
                Locale.ROOT,
                "  from the submission to the first line of the build's own script, %d "
                        + "submissions: median %.0f ms, 95 %% %.0f"
                        + " ms, most %.0f ms%n",
                SUBMISSIONS,
                millis.get(SUBMISSIONS / 2),
                millis.get(SUBMISSIONS * 95 / 100),
                millis.get(SUBMISSIONS - 1));
    }

    private static double residentMegabytes(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElseThrow();
    }

    private static int number(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection = postgres.dataSource("postgres").getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getInt(1);
        }
    }

    private static void execute(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection = postgres.dataSource("postgres").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
