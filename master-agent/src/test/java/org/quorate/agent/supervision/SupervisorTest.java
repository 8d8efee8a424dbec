package org.quorate.agent.supervision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.master.Authority;

class SupervisorTest {
    private static final String OPTIONS = "-c idle_in_transaction_session_timeout=6000 -c lock_timeout=2000"
            + " -c application_name=quorate-buildmaster:7:4611686018427387904"
            + " -c quorate.masterid=7 -c quorate.epoch=4611686018427387904";

    private static final Duration SOON = Duration.ofMinutes(5);
    private static final Authority AUTHORITY = new Authority(7, 1L << 62, new UUID(0, 1));

    @TempDir
    Path directory;

    private final String cookie = "test/" + UUID.randomUUID();
    private final AtomicInteger deaths = new AtomicInteger();

    @AfterEach
    void leaveNothingBehind() {
        assertThat(marked().kill(Duration.ofSeconds(30))).isTrue();
    }

    @Test
    void the_command_is_started_in_its_own_session_with_cookie_environment_and_log() throws Exception {
        Supervisor supervisor = supervisor("echo \"$QUORATE_MASTER $QUORATE_LINK\"; exec sleep 4001");

        start(supervisor);

        await().atMost(SOON)
                .until(() -> Files.readString(directory.resolve("log")).equals(cookie + " /run/link\n"));
        long pid = supervisor.pid().orElseThrow();
        await().atMost(SOON).until(() -> ProcessStat.of(pid).orElseThrow().group() == pid);
        assertThat(supervisor.isRunning()).isTrue();
    }

    @Test
    void each_death_of_a_buildmaster_is_noticed_once() {
        Supervisor supervisor = supervisor("exit 1");

        start(supervisor);

        await().atMost(SOON).until(() -> deaths.get() == 1);
        assertThat(supervisor.isRunning()).isFalse();
        start(supervisor);
        await().atMost(SOON).until(() -> deaths.get() == 2);
    }

    @Test
    void a_restarted_agent_adopts_the_running_buildmaster_and_notices_its_death() throws Exception {
        Supervisor before = supervisor("exec sleep 4002");
        start(before);
        long pid = before.pid().orElseThrow();
        before.detach();

        Supervisor after = supervisor("exec sleep 4002");

        assertThat(after.adopt()).isTrue();
        assertThat(after.pid()).contains(pid);
        assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
        await().atMost(SOON).until(() -> deaths.get() == 1);
    }

    @Test
    void buildbots_own_commands_find_the_buildmaster_by_twistd_pid_also_after_another_program_wrote_or_deleted_it()
            throws Exception {
        Files.writeString(directory.resolve("buildbot.tac"), "");
        Path file = directory.resolve("twistd.pid");
        Supervisor supervisor = supervisor("exec sleep 4050", Map.of(), "--pidfile=");
        start(supervisor);
        String pid = Long.toString(supervisor.pid().orElseThrow());

        assertThat(file).hasContent(pid);
        Files.delete(file);
        await().atMost(SOON).until(() -> Files.exists(file));
        Files.writeString(file, "1");
        await().atMost(SOON).until(() -> Files.readString(file).equals(pid));

        assertThat(supervisor.kill(Duration.ofSeconds(30))).isTrue();
        assertThat(file).doesNotExist();
    }

    @Test
    void beside_a_buildmaster_that_somebody_else_started_none_is_started() throws Exception {
        Process other = new ProcessBuilder("sleep", "4051")
                .directory(directory.toFile())
                .start();
        Files.writeString(directory.resolve("twistd.pid"), Long.toString(other.pid()));
        Supervisor supervisor = supervisor("exec sleep 4052");

        assertThatThrownBy(() -> start(supervisor))
                .hasMessageStartingWith("another buildmaster, process " + other.pid() + ", runs in " + directory);

        other.destroyForcibly().waitFor();
        start(supervisor);
        assertThat(supervisor.isRunning()).isTrue();
    }

    @Test
    void a_recycled_process_id_is_neither_adopted_nor_killed() throws Exception {
        Process stranger = new ProcessBuilder("sleep", "4003").start();
        long startTicks = ProcessStat.of(stranger.pid()).orElseThrow().startTicks();
        Supervisor supervisor = supervisor("exec sleep 4004");

        new ProcessIdentity(stranger.pid(), startTicks - 1).write(directory.resolve("pid"));
        assertThat(supervisor.adopt()).isFalse();
        // not even with the right start time, since it lacks the cookie
        new ProcessIdentity(stranger.pid(), startTicks).write(directory.resolve("pid"));
        assertThat(supervisor.adopt()).isFalse();
        assertThat(supervisor.kill(Duration.ofSeconds(30))).isTrue();

        assertThat(stranger.isAlive()).isTrue();
        stranger.destroyForcibly();
    }

    @Test
    void a_broken_pid_file_is_no_process() throws Exception {
        Files.writeString(directory.resolve("pid"), "rubbish");

        assertThat(supervisor("exec sleep 4005").adopt()).isFalse();
    }

    @Test
    void kill_ends_the_group_and_orphans_in_other_sessions_and_is_no_death() {
        Supervisor supervisor =
                supervisor("sleep 4006 & setsid sleep 4007 & setsid sh -c 'sleep 4008' & exec sleep 4009");
        start(supervisor);
        await().atMost(SOON).until(() -> marked().find().size() >= 5);

        assertThat(supervisor.kill(Duration.ofSeconds(30))).isTrue();

        assertThat(marked().find()).isEmpty();
        assertThat(supervisor.isRunning()).isFalse();
        assertThat(deaths).hasValue(0);
    }

    @Test
    void a_signal_is_sent_only_to_a_process_that_handles_it() throws Exception {
        Supervisor supervisor = supervisor("trap 'echo woken' USR1; echo ready; while :; do sleep 0.05; done");
        assertThat(supervisor.signal(Supervisor.Signal.CLEAN_SHUTDOWN))
                .as("none runs")
                .isFalse();
        start(supervisor);
        Path log = directory.resolve("log");
        await().atMost(SOON).until(() -> Files.readString(log).equals("ready\n"));

        // whether these tests run under nohup or not: a shell cannot trap a HUP that it was started to ignore
        assertThat(supervisor.signal(Supervisor.Signal.RECONFIGURE)).isFalse();
        assertThat(supervisor.signal(Supervisor.Signal.CLEAN_SHUTDOWN)).isTrue();

        await().atMost(SOON).until(() -> Files.readString(log).equals("ready\nwoken\n"));
        assertThat(supervisor.isRunning()).isTrue();
        assertThat(deaths).hasValue(0);
    }

    @Test
    void two_clusters_of_one_name_on_a_machine_do_not_take_each_others_processes_for_their_own() {
        Supervisor theirs = new Supervisor(new Supervisor.Command(
                List.of("sleep", "4015"),
                directory,
                Map.of(),
                Supervisor.cookie("ci", "m1", directory.resolve("theirs")),
                directory.resolve("their-log"),
                directory.resolve("their-pid"),
                Duration.ofSeconds(6),
                Duration.ofSeconds(2)));
        Supervisor ours = new Supervisor(new Supervisor.Command(
                List.of("sleep", "4016"),
                directory,
                Map.of(),
                Supervisor.cookie("ci", "m1", directory.resolve("ours")),
                directory.resolve("our-log"),
                directory.resolve("our-pid"),
                Duration.ofSeconds(6),
                Duration.ofSeconds(2)));
        start(theirs);

        assertThat(ours.kill(Duration.ofSeconds(30))).isTrue();

        assertThat(theirs.isRunning()).isTrue();
        assertThat(theirs.kill(Duration.ofSeconds(30))).isTrue();
        ours.close();
        theirs.close();
    }

    @Test
    void a_stopped_buildmaster_is_killed_too() throws Exception {
        Supervisor supervisor = supervisor("kill -STOP $$; exec sleep 4010");
        start(supervisor);
        long pid = supervisor.pid().orElseThrow();
        await().atMost(SOON).until(() -> ProcessStat.of(pid).orElseThrow().state() == 'T');

        assertThat(supervisor.kill(Duration.ofSeconds(30))).isTrue();

        assertThat(marked().find()).isEmpty();
    }

    @Test
    void processes_that_a_dead_buildmaster_left_are_killed_before_the_next_start() {
        Supervisor supervisor = supervisor("setsid sleep 4011 & exit 1");
        start(supervisor);
        await().atMost(SOON).until(() -> deaths.get() == 1 && marked().find().size() == 1);
        long orphan = marked().find().get(0).pid();

        start(supervisor);

        await().atMost(SOON).until(() -> ProcessIdentity.of(orphan).isEmpty());
    }

    @Test
    void a_command_that_does_not_exist_is_refused_with_a_sentence() {
        Supervisor supervisor = new Supervisor(new Supervisor.Command(
                List.of("no-such-program"),
                directory,
                Map.of(),
                cookie,
                directory.resolve("log"),
                directory.resolve("pid"),
                Duration.ofSeconds(6),
                Duration.ofSeconds(2)));

        assertThatThrownBy(() -> start(supervisor))
                .hasMessage("the buildmaster's command no-such-program is not found");
    }

    @Test
    void a_process_whose_name_looks_like_fields_is_read_right() throws Exception {
        Path odd = directory.resolve("a) R 1 1");
        Files.copy(Path.of("/bin/sleep").toRealPath(), odd);
        Process process = new ProcessBuilder(odd.toString(), "4012").start();

        await().atMost(SOON)
                .until(() -> ProcessStat.of(process.pid()).orElseThrow().startTicks() > 1);
        assertThat(ProcessIdentity.of(process.pid()).orElseThrow().isAlive()).isTrue();
        process.destroyForcibly();
    }

    @Test
    void the_database_sessions_carry_the_authority_after_the_configured_options() throws Exception {
        Supervisor supervisor =
                supervisor("echo \"$PGOPTIONS\"; exec sleep 4013", Map.of("PGOPTIONS", "-c work_mem=8MB"));

        start(supervisor);

        await().atMost(SOON)
                .until(() -> Files.readString(directory.resolve("log")).equals("-c work_mem=8MB " + OPTIONS + "\n"));
        assertThat(System.getenv()).as("the agent's own").doesNotContainKey("PGOPTIONS");
    }

    @Test
    void without_configured_options_the_sessions_carry_the_authority_alone() throws Exception {
        Supervisor supervisor = supervisor("echo \"$PGOPTIONS\"; exec sleep 4014");

        start(supervisor);

        await().atMost(SOON)
                .until(() -> Files.readString(directory.resolve("log")).equals(OPTIONS + "\n"));
    }

    @Test
    void the_sessions_carry_the_database_for_which_the_buildmaster_was_started() throws Exception {
        UUID database = UUID.randomUUID();
        Supervisor supervisor = supervisor("echo \"$PGOPTIONS\"; exec sleep 4016");
        supervisor.database(() -> Optional.of(database));

        start(supervisor);

        await().atMost(SOON)
                .until(() -> Files.readString(directory.resolve("log"))
                        .equals(OPTIONS + " -c quorate.database=" + database + "\n"));
    }

    @Test
    void nothing_is_started_for_an_authority_that_is_over() {
        Supervisor supervisor = supervisor("exec sleep 4015");

        assertThat(supervisor.start(AUTHORITY, () -> false)).isFalse();

        assertThat(supervisor.isRunning()).isFalse();
        assertThat(marked().find()).isEmpty();
    }

    @Test
    void a_kill_after_the_end_of_the_authority_also_kills_a_buildmaster_that_is_being_started() throws Exception {
        Supervisor supervisor = supervisor("exec sleep 4016");
        AtomicBoolean current = new AtomicBoolean(true);
        AtomicReference<Thread> killer = new AtomicReference<>();
        AtomicBoolean gone = new AtomicBoolean();

        supervisor.start(AUTHORITY, () -> {
            boolean answer = current.getAndSet(false);
            Thread thread = new Thread(() -> gone.set(supervisor.kill(Duration.ofSeconds(30))));
            killer.set(thread);
            thread.start();
            await().atMost(SOON).until(() -> thread.getState() == Thread.State.BLOCKED);
            return answer;
        });
        killer.get().join();

        assertThat(gone).isTrue();
        assertThat(marked().find()).isEmpty();
    }

    private static void start(Supervisor supervisor) {
        assertThat(supervisor.start(AUTHORITY, () -> true)).isTrue();
    }

    private MarkedProcesses marked() {
        return new MarkedProcesses(Set.of("QUORATE_MASTER=" + cookie));
    }

    private Supervisor supervisor(String script) {
        return supervisor(script, Map.of("QUORATE_LINK", "/run/link"));
    }

    private Supervisor supervisor(String script, Map<String, String> environment, String... arguments) {
        Supervisor supervisor = new Supervisor(new Supervisor.Command(
                Stream.concat(Stream.of("sh", "-c", script), Stream.of(arguments))
                        .toList(),
                directory,
                environment,
                cookie,
                directory.resolve("log"),
                directory.resolve("pid"),
                Duration.ofSeconds(6),
                Duration.ofSeconds(2)));
        supervisor.onDeath(deaths::incrementAndGet);
        return supervisor;
    }
}
