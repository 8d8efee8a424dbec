package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.config.AgentConfiguration;
import org.quorate.agent.link.RawBuildmaster;
import org.quorate.testing.PostgresFixture;
import org.quorate.testing.TestDatabase;
import org.quorate.testing.ZooKeeperFixture;

/**
 * Whole agents in this process, over real stores and real sockets, with buildmasters whose messages the test writes.
 */
class AgentsTest {
    private static final Duration SOON = Duration.ofMinutes(5);

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    /** One for each test, as the database: two stores are bound to each other. */
    private ZooKeeperFixture zooKeeper;

    @TempDir
    Path directory;

    private final List<Agent> agents = new ArrayList<>();

    @BeforeEach
    void start() {
        zooKeeper = ZooKeeperFixture.start();
    }

    @AfterEach
    void closeAll() {
        agents.forEach(Agent::close);
        zooKeeper.close();
    }

    @Test
    void events_of_one_buildmaster_reach_the_other_by_a_hint_and_again_after_its_agent_restarted() throws Exception {
        agent("m1");
        Agent second = agent("m2");
        try (RawBuildmaster one = attached("m1", "{}");
                RawBuildmaster other = attached("m2", "{}")) {
            JsonNode greeting = received(other, "events");
            assertThat(greeting.path("events")).isEmpty();
            assertThat(greeting.path("seq").asLong()).isZero();

            assertThat(publish(one, 2, "[{\"keys\":[[\"builds\",\"5\",\"new\"]],\"message\":1.10}]"))
                    .isTrue();
            JsonNode events = received(other, "events");
            assertThat(events.path("events").toString())
                    .isEqualTo("[{\"keys\":[[\"builds\",\"5\",\"new\"]],\"message\":1.1}]");

            second.close();
            agents.remove(second);
            assertThat(publish(one, 3, "[{\"keys\":[[\"builds\",\"5\",\"finished\"]]}]"))
                    .isTrue();
            agent("m2");
            String cursor = "{\"" + greeting.path("masterid") + "\":0,\"" + events.path("masterid") + "\":"
                    + events.path("seq") + "}";
            try (RawBuildmaster again = attached("m2", cursor)) {
                received(again, "events");
                assertThat(received(again, "events").at("/events/0/keys/0/2").asText())
                        .isEqualTo("finished");
            }
        }
    }

    @Test
    void a_change_source_is_owned_over_the_link() throws Exception {
        agent("m1");

        try (RawBuildmaster buildmaster = attached("m1", "{}")) {
            assertThat(received(buildmaster, "own").path("scheduler").asText()).isEqualTo("changesource:git");
        }
    }

    private static boolean publish(RawBuildmaster buildmaster, int id, String events) throws Exception {
        buildmaster.send("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"publish\",\"params\":{\"events\":"
                + events + "}}");
        for (JsonNode message = buildmaster.receive(); ; message = buildmaster.receive()) {
            if (message.path("id").asInt() == id) {
                return message.has("result");
            }
        }
    }

    /** Returns the parameters of the next notification of this method; skips the others. */
    private static JsonNode received(RawBuildmaster buildmaster, String method) throws Exception {
        for (JsonNode message = buildmaster.receive(); ; message = buildmaster.receive()) {
            if (message.path("method").asText().equals(method)) {
                return message.path("params");
            }
        }
    }

    /** Connects a buildmaster whose hello was accepted; the agent accepts it only when it is registered. */
    private RawBuildmaster attached(String master, String cursor) {
        String hello = RawBuildmaster.HELLO.replace(
                "\"running\":[]", "\"running\":[],\"changeSources\":[\"git\"],\"events\":{\"cursor\":" + cursor + "}");
        return await().atMost(SOON)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(
                        () -> {
                            RawBuildmaster raw =
                                    new RawBuildmaster(state(master).resolve("link.sock"));
                            if (raw.send(hello).receive().has("result")) {
                                return raw;
                            }
                            raw.close();
                            return null;
                        },
                        java.util.Objects::nonNull);
    }

    /** Starts an agent that polls so rarely that only hints can make a test pass. */
    private Agent agent(String master) throws IOException {
        Path password = Files.writeString(directory.resolve("password"), POSTGRES.password());
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        Path file = Files.writeString(directory.resolve(master + ".yaml"), """
                cluster: %s
                master: %s
                state_directory: %s
                timing: {poll: 5m}
                zookeeper: {connect: "%s", session_timeout: 10s}
                database: {url: "%s", user: "%s", password_file: "%s"}
                """.formatted(
                        TestDatabase.CLUSTER,
                        master,
                        state(master),
                        zooKeeper.connectString(),
                        POSTGRES.url(),
                        POSTGRES.user(),
                        password));
        AgentConfiguration configuration = AgentConfiguration.of(AgentConfiguration.read(file, Map.of()));
        Agent agent = new Agent(configuration, System::nanoTime, "host", "0");
        agents.add(agent);
        agent.start();
        return agent;
    }

    private Path state(String master) {
        return directory.resolve(master);
    }
}
