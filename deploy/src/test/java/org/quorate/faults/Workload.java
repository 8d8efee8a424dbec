package org.quorate.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.quorate.acceptance.Command;

/**
 * Clients that submit short builds, enough to keep the queue filled: most of them by SQL, some by the command.
 * Acknowledged submissions are written to {@code submitted} and forced to the disk. One thread; any thread may read the
 * counts.
 */
final class Workload implements Runnable {
    private static final int ENOUGH = 40;
    private static final int LOOK_MILLIS = 400;
    /** The limit of submissions a second, so that the machine has time for what is to be observed. */
    private static final int MOST_IN_A_LOOK = 8;

    private static final int BY_COMMAND_EVERY = 80;
    private static final Pattern ID = Pattern.compile("\"id\"\\s*:\\s*(\\d+)");

    private final Cluster cluster;
    private final Ledger ledger;
    private final Profile profile;
    private final Random random;
    private final Path journal;
    private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
    private final AtomicInteger unknown = new AtomicInteger();
    private volatile boolean stopped;

    Workload(Cluster cluster, Profile profile, long seed) {
        this.cluster = cluster;
        this.ledger = cluster.ledger();
        this.profile = profile;
        this.random = new Random(seed);
        this.journal = cluster.directory().resolve("submitted");
    }

    Set<Integer> acknowledged() {
        return Set.copyOf(acknowledged);
    }

    /** Submissions whose outcome is unknown. */
    int unknown() {
        return unknown.get();
    }

    void stop() {
        stopped = true;
    }

    @Override
    public void run() {
        for (int look = 1; !stopped; look++) {
            try {
                submitSome(look);
            } catch (SQLException e) {
                unknown.incrementAndGet();
            }
            Pause.millis(LOOK_MILLIS);
        }
    }

    private void submitSome(int look) throws SQLException {
        long pending = Long.parseLong(ledger.once("select count(*) as n from buildrequests where complete = 0")
                .get(0)
                .get("n"));
        if (pending >= ENOUGH) {
            return;
        }
        int left = MOST_IN_A_LOOK;
        while (left > 0) {
            String builder = builder();
            int count = builder.equals("slow") ? 1 : 1 + random.nextInt(4);
            if (look % BY_COMMAND_EVERY == 0) {
                byCommand(builder, count);
                return;
            }
            bySql(builder, count);
            left -= count;
        }
    }

    private String builder() {
        int at = random.nextInt(100);
        for (Map.Entry<String, Integer> each : profile.weights().entrySet()) {
            at -= each.getValue();
            if (at < 0) {
                return each.getKey();
            }
        }
        throw new IllegalStateException("the weights are not a hundred");
    }

    private void bySql(String builder, int count) throws SQLException {
        acknowledge(ledger
                .once(
                        "select id from quorate_v1.submit(?, priority => ?, count => ?) as id",
                        builder,
                        random.nextInt(3),
                        count)
                .stream()
                .map(row -> Integer.parseInt(row.get("id")))
                .toList());
    }

    private void byCommand(String builder, int count) {
        Command.Result result = cluster.quorate("submit", builder, "--count", String.valueOf(count), "-o", "json");
        if (result.exit() == 0) {
            acknowledge(ID.matcher(result.out())
                    .results()
                    .map(match -> Integer.parseInt(match.group(1)))
                    .toList());
        } else {
            unknown.incrementAndGet();
        }
    }

    private void acknowledge(List<Integer> ids) {
        String lines = ids.stream().map(id -> id + "\n").collect(Collectors.joining());
        try (FileChannel channel = FileChannel.open(
                journal, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            channel.write(ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8)));
            channel.force(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        acknowledged.addAll(ids);
    }
}
