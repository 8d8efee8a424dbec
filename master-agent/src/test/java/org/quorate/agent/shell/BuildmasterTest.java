package org.quorate.agent.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.claim.Results;
import org.quorate.scheduler.Ownership;

class BuildmasterTest {
    private static final Duration SOON = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    private RunningShell shell;

    @BeforeEach
    void prepare() {
        shell = new RunningShell(directory);
    }

    @AfterEach
    void close() {
        shell.close();
    }

    @Test
    void the_exit_code_decides_between_success_and_failure() throws Exception {
        shell.agent.submit(1, "good", "{}");
        shell.agent.submit(2, "bad", "{}");

        shell.start("""
                builders:
                  good: {command: ["true"]}
                  bad: {command: [sh, -c, "exit 3"]}
                """);

        await().atMost(SOON).until(() -> shell.agent.results().equals(Map.of(1, Results.SUCCESS, 2, Results.FAILURE)));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(log("bad")).contains("=== ").contains("ends: exit code 3"));
    }

    @Test
    void an_idle_buildmaster_keeps_its_promise_of_a_heartbeat_every_second() throws Exception {
        shell.start("builders: {idle: {command: [\"true\"]}}");
        await().atMost(SOON).until(() -> !shell.agent.links.isEmpty());

        assertThat(shell.agent.link().promised()).contains(Duration.ofSeconds(1));
        // so that it has nothing else to send
        shell.agent.link().drain(true);
        for (int heartbeat = 0; heartbeat < 3; heartbeat++) {
            await().atMost(SOON).until(() -> shell.agent.link().spoke());
        }
        assertThat(shell.agent.closings).isEmpty();
    }

    @Test
    void a_build_finds_its_identity_and_its_properties_in_its_environment() throws Exception {
        shell.agent.submit(1, "show", "{\"branch\":\"main\",\"weight kg\":7}");

        shell.start("""
                builders:
                  show: {command: [sh, -c, "env; pwd"], environment: {EXTRA: yes it is}}
                """);

        await().atMost(SOON).until(() -> shell.agent.results().containsKey(1));
        assertThat(log("show"))
                .contains("QUORATE_BRID=1\n", "QUORATE_EPOCH=41\n", "QUORATE_BUILDER=show\n", "PROP_BRANCH=main\n")
                .contains("PROP_WEIGHT_KG=7\n", "EXTRA=yes it is\n", "QUORATE_PROPERTIES={\"branch\":\"main\"")
                .contains("QUORATE_ATTEMPT="
                        + shell.agent.completions.get(0).attempt().token())
                .doesNotContain("QUORATE_LINK");
    }

    @Test
    void a_command_that_cannot_be_started_is_an_exception() throws Exception {
        shell.agent.submit(1, "absent", "{}");

        shell.start("builders: {absent: {command: [no-such-program-anywhere]}}\n");

        await().atMost(SOON).until(() -> shell.agent.results().equals(Map.of(1, Results.EXCEPTION)));
        assertThat(log("absent")).contains("no executable file no-such-program-anywhere");
    }

    @Test
    void a_timeout_kills_the_build_and_its_grandchildren() throws Exception {
        Path mark = directory.resolve("grandchild");
        shell.agent.submit(1, "slow", "{}");

        shell.start("""
                builders:
                  slow:
                    command: [sh, -c, "(setsid sleep 3001 & echo $! > %s); sleep 3002"]
                    timeout: 2s
                """.formatted(mark));

        await().atMost(SOON).until(() -> shell.agent.results().equals(Map.of(1, Results.EXCEPTION)));
        assertThat(isAlive(pid(mark))).isFalse();
        assertThat(log("slow")).contains("ends: timed out");
    }

    @Test
    void a_cancelled_build_is_killed_and_reported_as_cancelled() throws Exception {
        Path mark = directory.resolve("pid");
        shell.agent.submit(1, "long", "{}");
        shell.start("builders: {long: {command: [sh, -c, \"echo $$ > " + mark + "; sleep 3003\"]}}\n");
        await().atMost(SOON)
                .until(() -> Files.exists(mark) && !Files.readString(mark).isBlank());

        shell.agent.link().cancel(1, "an operator wants it");

        await().atMost(SOON).until(() -> shell.agent.results().equals(Map.of(1, Results.CANCELLED)));
        assertThat(isAlive(pid(mark))).isFalse();
    }

    @Test
    void never_more_builds_than_slots_run_and_all_are_run() throws Exception {
        for (int brid = 1; brid <= 12; brid++) {
            shell.agent.submit(brid, brid % 2 == 0 ? "even" : "odd", "{}");
        }
        String busy = "mkdir -p " + directory + "/busy; touch " + directory + "/busy/$$; ls " + directory
                + "/busy | wc -l; sleep 0.2; rm " + directory + "/busy/$$";

        shell.start("builders:\n  even: {command: [sh, -c, \"" + busy + "\"], slots: 1}\n  odd: {command: [sh, -c, \""
                + busy + "\"]}\n");

        await().atMost(SOON).until(() -> shell.agent.results().size() == 12);
        assertThat(shell.agent.results().values()).containsOnly(Results.SUCCESS);
        assertThat(effects().filter(line -> line.contains("\"event\":\"start\"")))
                .hasSize(12);
        assertThat(mostAtTheSameTime("")).isLessThanOrEqualTo(4);
        assertThat(mostAtTheSameTime("\"builder\":\"even\"")).isEqualTo(1);
    }

    @Test
    void a_completion_is_sent_again_after_the_link_was_lost() throws Exception {
        Path go = directory.resolve("go");
        shell.agent.submit(1, "waits", "{}");
        shell.start("builders: {waits: {command: [sh, -c, \"while [ ! -e " + go + " ]; do sleep 0.05; done\"]}}\n");
        awaitStarted();

        shell.stopAgent();
        Files.createFile(go);
        await().atMost(SOON).until(() -> effects().anyMatch(line -> line.contains("\"event\":\"end\"")));
        shell.startAgent();

        await().atMost(SOON).until(() -> shell.agent.results().equals(Map.of(1, Results.SUCCESS)));
        assertThat(shell.agent.hellos.get(1).running())
                .extracting(each -> each.brid())
                .containsExactly(1);
    }

    @Test
    void claims_whose_answer_was_lost_are_built_when_the_next_agent_hands_them_over() throws Exception {
        shell.agent.silent = true;
        shell.start("builders: {good: {command: [\"true\"]}}");
        await().atMost(SOON).until(() -> !shell.agent.asks.isEmpty());
        UUID asked = shell.agent.asks.get(0).attempt().orElseThrow();

        shell.stopAgent();
        shell.agent.silent = false;
        shell.agent.start = List.of(new Claim(new Attempt(7, asked), 1, "good", 3, 0, 1_800_000_000, "{}"));
        shell.startAgent();

        await().atMost(SOON).until(() -> !shell.agent.completions.isEmpty());
        assertThat(shell.agent.completions.get(0)).isEqualTo(new Completion(new Attempt(7, asked), Results.SUCCESS));
        assertThat(shell.agent.hellos.get(0).unanswered()).isEmpty();
        assertThat(shell.agent.hellos.get(1).unanswered()).contains(asked);
    }

    @Test
    void a_refused_completion_is_dropped() throws Exception {
        Path go = directory.resolve("go");
        shell.agent.submit(1, "waits", "{}");
        shell.start("builders: {waits: {command: [sh, -c, \"while [ ! -e " + go + " ]; do sleep 0.05; done\"]}}\n");
        awaitStarted();

        shell.agent.takeAway(1);
        Files.createFile(go);
        await().atMost(SOON).until(() -> shell.agent.completions.size() == 1);
        shell.stopAgent();
        shell.startAgent();

        await().atMost(SOON).until(() -> shell.agent.hellos.size() == 2);
        assertThat(shell.agent.hellos.get(1).running()).isEmpty();
    }

    @Test
    void the_journal_holds_what_the_agent_answered_to_each_completion() throws Exception {
        Path go = directory.resolve("go");
        Path journal = directory.resolve("journal.jsonl");
        shell.agent.submit(1, "good", "{}");
        shell.agent.submit(2, "waits", "{}");
        shell.start("journal: " + journal + "\nbuilders:\n  good: {command: [\"true\"]}\n"
                + "  waits: {command: [sh, -c, \"while [ ! -e " + go + " ]; do sleep 0.05; done\"]}\n");
        await().atMost(SOON).until(() -> shell.agent.results().containsKey(1));
        await().atMost(SOON)
                .until(() ->
                        effects().filter(line -> line.contains("\"start\"")).count() == 2);

        shell.agent.takeAway(2);
        Files.createFile(go);

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(Files.readAllLines(journal))
                        .hasSize(2)
                        .anyMatch(line -> line.contains("\"brid\":1,") && line.contains("\"answer\":\"OK\""))
                        .anyMatch(line -> line.contains("\"brid\":2,") && line.contains("\"answer\":\"REFUSED\"")));
    }

    @Test
    void a_build_whose_claim_the_agent_does_not_hold_any_more_is_killed_unreported() throws Exception {
        Path mark = directory.resolve("pid");
        shell.agent.submit(1, "long", "{}");
        shell.start("builders: {long: {command: [sh, -c, \"echo $$ > " + mark + "; sleep 3004\"]}}\n");
        await().atMost(SOON)
                .until(() -> Files.exists(mark) && !Files.readString(mark).isBlank());

        shell.stopAgent();
        shell.agent.stop = List.of(1);
        shell.startAgent();

        await().atMost(SOON).until(() -> !isAlive(pid(mark)));
        await().atMost(SOON).until(() -> effects().anyMatch(line -> line.contains("not held any more")));
        assertThat(shell.agent.completions).isEmpty();
    }

    @Test
    void a_fence_kills_all_builds_reports_nothing_and_ends_with_75() throws Exception {
        Path mark = directory.resolve("pid");
        shell.agent.submit(1, "long", "{}");
        shell.start(
                "builders: {long: {command: [sh, -c, \"setsid sleep 3005 & echo $! > " + mark + "; sleep 3006\"]}}\n");
        await().atMost(SOON)
                .until(() -> Files.exists(mark) && !Files.readString(mark).isBlank());

        shell.agent.link().fence("epoch 41 ended");

        assertThat(shell.exit().get(5, TimeUnit.MINUTES)).isEqualTo(75);
        assertThat(isAlive(pid(mark))).isFalse();
        assertThat(shell.agent.completions).isEmpty();
    }

    @Test
    void the_end_of_the_lease_fences_the_buildmaster_also_without_an_agent() throws Exception {
        shell.agent.lease = Duration.ofSeconds(3);
        Path mark = directory.resolve("pid");
        shell.agent.submit(1, "long", "{}");
        shell.start("builders: {long: {command: [sh, -c, \"echo $$ > " + mark + "; sleep 3007\"]}}\n");
        await().atMost(SOON)
                .until(() -> Files.exists(mark) && !Files.readString(mark).isBlank());

        shell.stopAgent();

        assertThat(shell.exit().get(5, TimeUnit.MINUTES)).isEqualTo(75);
        assertThat(isAlive(pid(mark))).isFalse();
    }

    @Test
    void a_malformed_message_of_the_agent_is_ignored() throws Exception {
        shell.start("builders: {good: {command: [\"true\"]}}\n");
        await().atMost(SOON).until(() -> !shell.agent.links.isEmpty());

        shell.agent.link().own(new Ownership("unknown", 1, true, 0, 0));
        shell.agent.submit(1, "good", "{}");
        shell.agent.link().wake();

        await().atMost(SOON).until(() -> shell.agent.results().containsKey(1));
    }

    @Test
    void a_drained_buildmaster_claims_nothing_until_the_drain_ends() throws Exception {
        shell.start("builders: {good: {command: [\"true\"]}}\n");
        await().atMost(SOON).until(() -> !shell.agent.links.isEmpty());
        shell.agent.link().drain(true);
        shell.agent.link().cancel(99, "no build; but it makes sure that the drain was handled before");

        shell.agent.submit(1, "good", "{}");
        shell.agent.link().wake();
        shell.agent.link().drain(false);

        await().atMost(SOON).until(() -> shell.agent.results().containsKey(1));
    }

    @Test
    void on_sigterm_the_buildmaster_finishes_running_builds_and_ends_with_0() throws Exception {
        Path go = directory.resolve("go");
        shell.agent.submit(1, "waits", "{}");
        shell.start("builders: {waits: {command: [sh, -c, \"while [ ! -e " + go + " ]; do sleep 0.05; done\"]}}\n");
        awaitStarted();

        shell.terminate();
        shell.agent.submit(2, "waits", "{}");
        shell.agent.link().wake();
        Files.createFile(go);

        assertThat(shell.exit().get(5, TimeUnit.MINUTES)).isZero();
        assertThat(shell.agent.results()).isEqualTo(Map.of(1, Results.SUCCESS));
    }

    @Test
    void on_sigterm_the_buildmaster_releases_builds_that_take_longer_than_the_deadline() throws Exception {
        shell.agent.submit(1, "long", "{}");
        shell.start("stop_deadline: 500ms\nbuilders: {long: {command: [sleep, \"3008\"]}}\n");
        awaitStarted();

        shell.terminate();

        assertThat(shell.exit().get(5, TimeUnit.MINUTES)).isZero();
        assertThat(shell.agent.releases).containsExactly(1);
        assertThat(shell.agent.completions).isEmpty();
    }

    /** Waits for the start of a build: a claim of the agent alone may not have reached the buildmaster yet. */
    private void awaitStarted() {
        await().atMost(SOON).until(() -> effects().anyMatch(line -> line.contains("\"event\":\"start\"")));
    }

    private String log(String builder) throws Exception {
        try (Stream<Path> files = Files.list(directory.resolve("builds").resolve(builder))) {
            Optional<Path> log =
                    files.filter(file -> file.toString().endsWith(".log")).findFirst();
            return log.isPresent() ? Files.readString(log.get()) : "";
        }
    }

    private Stream<String> effects() throws Exception {
        Path file = directory.resolve("builds/effects.jsonl");
        return Files.exists(file) ? Files.readAllLines(file).stream() : Stream.empty();
    }

    private int mostAtTheSameTime(String containing) throws Exception {
        int now = 0;
        int most = 0;
        for (String line : effects().filter(each -> each.contains(containing)).toList()) {
            now += line.contains("\"event\":\"start\"") ? 1 : -1;
            most = Math.max(most, now);
        }
        return most;
    }

    private static long pid(Path file) throws Exception {
        return Long.parseLong(Files.readString(file).trim());
    }

    private static boolean isAlive(long pid) throws Exception {
        Path stat = Path.of("/proc/" + pid + "/stat");
        try {
            return !Files.readString(stat).replaceAll(".*\\) ", "").startsWith("Z");
        } catch (java.io.IOException e) {
            return false;
        }
    }
}
