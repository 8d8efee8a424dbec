package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests each mode in which one store or both are away. Real agents enter the mode, work in it and leave it again; none
 * of them exits, restarts or is fenced. RUNBOOK.md promises what is asserted here.
 */
@Tag("faults")
class DegradedModesIT {
    private static final Pattern SERVES = Pattern.compile("serves health, metrics and status on \\S*?:(\\d+)");
    private static final String OF_HELD =
            " in (select r.id from buildrequests r join builders b on b.id = r.builderid" + " where b.name = 'held')";
    private static final String OF_LONG =
            " in (select r.id from buildrequests r join builders b on b.id = r.builderid" + " where b.name = 'long')";
    private static final String QUICK_DONE =
            "select count(*) from buildrequests r join builders b on b.id = r.builderid"
                    + " where b.name = 'quick' and r.complete = 1";

    @TempDir
    Path gates;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, Long> agents = new HashMap<>();
    private Site site;
    private Buildmaster work;
    private List<String> masters = List.of("m1", "m2");
    private String epochs = "";

    /** Builds of {@code held} and {@code long} run until the test opens their gates. */
    @BeforeEach
    void prepare() {
        work = Buildmaster.of(4, Map.of("quick", "sleep 0.2", "held", until("held"), "long", until("long")))
                .with(Map.of(
                        "nightly", "kind: periodic, every: 24h, builders: [quick]",
                        "weekly", "kind: periodic, every: 48h, builders: [quick]",
                        "monthly", "kind: periodic, every: 72h, builders: [quick]"));
    }

    @AfterEach
    void close() {
        site.close();
    }

    private String until(String gate) {
        return "until [ -e " + gates.resolve(gate) + " ]; do sleep 0.1; done";
    }

    private void openGate(String name) {
        try {
            Files.createFile(gates.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void without_zookeeper_builds_go_on_and_new_ones_begin_while_ownership_stands_still() {
        begin(Site.patient(), 4);

        site.stopZooKeeper();
        awaitMode("without-zookeeper");

        assertStatusSays("ZOOKEEPER DOWN", 6);
        assertThat(masters)
                .allSatisfy(
                        master -> assertThat(get(master, "/readyz")).isEqualTo("200 ready, mode without-zookeeper"));
        String since = site.clock();
        String owners = owners();
        int done = site.number(QUICK_DONE) + site.submit("quick", 20);
        Patience.until(() -> site.number(QUICK_DONE) >= done);
        assertThat(site.number("select count(*) from quorate.claim where brid" + OF_HELD))
                .as("the builds that ran before the outage are still running")
                .isEqualTo(4);
        // the trust from ZooKeeper's last heartbeat is over; the agents now trust themselves because of the database
        // alone
        site.awaitTrue("select clock_timestamp() > timestamptz '" + since + "' + interval '"
                + site.sessionTimeout().toSeconds() + " s'");
        assertThat(owners()).isEqualTo(owners);
        openGate("held");
        site.awaitAllComplete();
        assertThat(masters).allSatisfy(master -> assertThat(spooled(master)).isEmpty());

        site.startZooKeeper();
        awaitMode("normal");

        awaitNormal();
        assertUndisturbed();
    }

    @Test
    void without_postgresql_builds_go_on_none_begin_and_completions_wait_on_disk_even_through_a_kill() {
        begin(Site.enduring(), 4);

        site.postgres().stop();
        awaitMode("without-database");

        assertStatusSays("DATABASE DOWN", 6);
        assertThat(masters)
                .allSatisfy(master -> assertThat(get(master, "/readyz"))
                        .isEqualTo("503 PostgreSQL does not answer, mode without-database"));
        List<String> owned = owned();
        openGate("held");
        Patience.until(() ->
                masters.stream().mapToInt(master -> spooled(master).size()).sum() == 4);
        String holder = masters.stream()
                .filter(master -> !spooled(master).isEmpty())
                .findFirst()
                .orElseThrow();
        Patience.until(() -> metric(holder, "quorate_spooled_completions")
                .equals(spooled(holder).size() + ".0"));
        assertThat(owned()).as("kept").isEqualTo(owned);
        List<String> waiting = spooled(holder);
        site.of(holder).killAgent();
        site.of(holder).start();
        agents.put(holder, site.of(holder).agent().pid());
        awaitLog(holder, "completions of an earlier process wait for the database");
        assertThat(spooled(holder)).isEqualTo(waiting);

        site.postgres().restart();
        awaitMode("normal");

        site.awaitAllComplete();
        Patience.until(() -> masters.stream().allMatch(master -> spooled(master).isEmpty()));
        assertThat(masters).noneMatch(master -> Files.exists(spool(master)));
        site.submit("quick", 4);
        site.awaitAllComplete();
        awaitNormal();
        assertUndisturbed();
    }

    @Test
    void without_both_builds_go_on_within_the_trust_and_nothing_is_lost() {
        begin(Site.enduring(), 4);

        site.stopZooKeeper();
        site.postgres().stop();
        awaitMode("alone");

        assertStatusSays("BOTH DOWN", 6);
        assertThat(masters)
                .allSatisfy(master ->
                        assertThat(get(master, "/readyz")).isEqualTo("503 PostgreSQL does not answer, mode alone"));
        List<String> owned = owned();
        openGate("held");
        Patience.until(() ->
                masters.stream().mapToInt(master -> spooled(master).size()).sum() == 4);

        assertThat(owned()).as("kept").isEqualTo(owned);

        site.startZooKeeper();
        site.postgres().restart();
        awaitMode("normal");

        site.awaitAllComplete();
        site.submit("quick", 4);
        site.awaitAllComplete();
        assertThat(masters).noneMatch(master -> Files.exists(spool(master)));
        assertUndisturbed();
    }

    @Test
    void without_both_for_longer_than_the_trust_builds_are_stopped_and_what_was_completed_before_counts() {
        // one master alone: of several, the first to return could fence the others
        masters = List.of("m1");
        begin(Site.patient(), 2);
        int longer = site.submit("long", 2);
        site.awaitTrue("select count(*) = 4 from quorate.claim");

        site.stopZooKeeper();
        site.postgres().stop();
        openGate("held");
        Patience.until(() ->
                masters.stream().mapToInt(master -> spooled(master).size()).sum() == 2);
        // the limit is two thirds of the session timeout after the last acknowledged heartbeat was sent
        masters.forEach(master -> awaitLog(master, "no store has acknowledged this master within its trust"));
        masters.forEach(master -> awaitLog(master, "fenced, buildmaster stopped"));
        assertThat(masters.stream().mapToInt(master -> spooled(master).size()).sum())
                .isEqualTo(2);
        assertStatusSays("BOTH DOWN", 6);

        site.startZooKeeper();
        site.postgres().restart();
        openGate("long");

        site.awaitAllComplete();
        assertAlive();
        assertThat(site.number("select count(*) from quorate.history where kind = 'complete' and epoch = " + epochs
                        + " and brid" + OF_HELD))
                .as("completed in the epoch in which they were claimed")
                .isEqualTo(2);
        assertThat(site.number("select count(*) from quorate.history where kind = 'claim' and brid" + OF_LONG))
                .as("claimed again, because their builds were stopped")
                .isEqualTo(2 * longer);
        assertThat(site.query("select count(*) from quorate.history where kind = 'fence'"))
                .isEqualTo("0");
        assertThat(site.violations()).isEmpty();
    }

    /** Starts both masters, with builds that do not end. */
    private void begin(Site opened, int held) {
        site = opened;
        site.startAll(work, masters.toArray(String[]::new));
        site.awaitTrue("select count(*) = 3 from quorate_v1.schedulers where owner is not null");
        site.submit("held", held);
        site.awaitTrue("select count(*) = " + held + " from quorate.claim");
        epochs = epochs();
        masters.forEach(master -> agents.put(master, site.of(master).agent().pid()));
        awaitMode("normal");
        awaitNormal();
        assertThat(masters)
                .allSatisfy(master -> assertThat(get(master, "/readyz")).isEqualTo("200 ready, mode normal"));
    }

    private String epochs() {
        return site.query("select string_agg(epoch::text, ',' order by name) from quorate.master");
    }

    private String owners() {
        return site.query("select string_agg(name || ' ' || owner || ' ' || term, ',' order by name)"
                + " from quorate_v1.schedulers");
    }

    /** Returns for each agent how many schedulers it reports as owned. */
    private List<String> owned() {
        return masters.stream()
                .map(master -> metric(master, "quorate_schedulers_owned"))
                .toList();
    }

    /** Asserts that nobody was fenced or restarted, and that nothing was released or built twice. */
    private void assertUndisturbed() {
        assertAlive();
        assertThat(epochs()).isEqualTo(epochs);
        assertThat(site.query("select count(*) from quorate.history where kind in ('fence', 'release')"))
                .isEqualTo("0");
        assertThat(site.query("select count(*) from buildrequests where complete = 1 and results <> 0"))
                .isEqualTo("0");
        assertThat(site.finishedBuilds().values()).allMatch(times -> times == 1);
        assertThat(site.violations()).isEmpty();
    }

    private void assertAlive() {
        assertThat(masters).allSatisfy(master -> {
            assertThat(site.of(master).agent().isAlive()).isTrue();
            assertThat(site.of(master).agent().pid()).isEqualTo(agents.get(master));
        });
    }

    private void assertStatusSays(String mode, int exit) {
        String patience = switch (mode) {
            case "NORMAL" -> "30s"; // both stores answer, on a busy machine late
            case "BOTH DOWN" -> "1s";
            default -> "3s";
        };
        Command.Result table = Command.quorate(site, "status", "--timeout", patience);
        assertThat(table.out().lines().findFirst().orElse(""))
                .as(table.out() + table.err())
                .startsWith(Site.CLUSTER + "  mode " + mode);
        assertThat(table.exit()).isEqualTo(exit);
        Command.Result json = Command.quorate(site, "status", "--timeout", patience, "-o", "json");
        assertThat(parsed(json.out()).path("mode").asText()).as(json.err()).isEqualTo(mode);
        assertThat(json.exit()).isEqualTo(exit);
    }

    /** Nothing is lacking again once a master leads and all schedulers are owned. */
    private void awaitNormal() {
        Patience.until(() -> Command.quorate(site, "status", "--timeout", "3s").exit() == 0);
        assertStatusSays("NORMAL", 0);
    }

    /** Waits until each agent reports this mode in its status and its metrics. */
    private void awaitMode(String mode) {
        for (String master : masters) {
            Patience.until(() -> parsed(get(master, "/status").substring(4))
                            .path("mode")
                            .asText()
                            .equals(mode)
                    && metric(master, "quorate_mode{mode=\"" + mode + "\"}").equals("1.0"));
        }
    }

    private void awaitLog(String master, String sentence) {
        Patience.until(() -> site.of(master).logText().contains(sentence));
    }

    private Path spool(String master) {
        return site.directory().resolve(master).resolve("s/completions.jsonl");
    }

    /** Returns the completions that wait on the disk of this agent. */
    private List<String> spooled(String master) {
        try {
            return Files.exists(spool(master)) ? Files.readAllLines(spool(master)) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String metric(String master, String name) {
        return get(master, "/metrics")
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> line.substring(name.length() + 1))
                .findFirst()
                .orElse("absent");
    }

    /** Returns the status code and the page, as the agent serves them now. */
    private String get(String master, String path) {
        String port = SERVES.matcher(site.of(master).logText())
                .results()
                .map((MatchResult found) -> found.group(1))
                .reduce((first, second) -> second)
                .orElseThrow();
        try {
            HttpResponse<String> response = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .timeout(Duration.ofSeconds(20))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return response.statusCode() + " " + response.body().strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode parsed(String json) {
        try {
            return new ObjectMapper().readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
