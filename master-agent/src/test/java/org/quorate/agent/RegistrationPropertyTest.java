package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.quorate.agent.authority.MasterState;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;
import org.quorate.master.MasterRow;
import org.quorate.testing.memory.InMemoryDatabase;
import org.quorate.testing.memory.InMemoryZooKeeper;

/** Random histories of one master's agent: what it decides when it registers, after any sequence of events. */
class RegistrationPropertyTest {
    private enum Event {
        /** The agent's process dies, and another one starts with the same state directory. */
        RESTART,
        /** The same, but the directory was lost. */
        RESTART_WITHOUT_MEMORY,
        /** Processes of an earlier epoch cannot be killed for now; {@code MORTAL} ends this. */
        IMMORTAL,
        MORTAL,
        SESSION_EXPIRES,
        FAILED_OVER,
        CLAIM,
        /** A second agent of the same name starts, with its own directory. */
        TWIN,
        STEP
    }

    @Provide
    Arbitrary<List<Event>> events() {
        return Arbitraries.of(Event.class).list().ofMinSize(1).ofMaxSize(25);
    }

    @Property(tries = 1_000)
    void an_epoch_is_resumed_while_it_lasts_and_a_new_one_begins_when_nothing_of_it_runs(
            @ForAll("events") List<Event> events) {
        try (World world = new World()) {
            for (Event event : events) {
                world.happen(event);
                world.isAsItMustBe();
            }
        }
    }

    private static final class World implements AutoCloseable {
        private final Path state = temporary();
        private final AtomicLong nanos = new AtomicLong(1);
        private final InMemoryDatabase database = new InMemoryDatabase();
        private final InMemoryZooKeeper zooKeeper = new InMemoryZooKeeper(TestAgent.SESSION);
        private final Authority leader =
                database.masters().register("m2", new UUID(2, 2), 1).authority();
        private final List<TestAgent> gone = new ArrayList<>();
        private TestAgent agent = begin();
        /** The authority that the agent last wrote to its state file. */
        private Optional<Authority> remembered = Optional.empty();

        private long greatestEpoch;

        private TestAgent begin() {
            return new TestAgent("m1", state, nanos, database, zooKeeper);
        }

        void happen(Event event) {
            switch (event) {
                case RESTART -> restart();
                case RESTART_WITHOUT_MEMORY -> {
                    forget();
                    restart();
                }
                case IMMORTAL -> agent.mortal = false;
                case MORTAL -> agent.mortal = true;
                case SESSION_EXPIRES -> zooKeeper.expire(agent.ensemble);
                case FAILED_OVER -> failOver();
                case CLAIM -> claim();
                case TWIN -> twin();
                case STEP -> step();
            }
        }

        private void step() {
            nanos.addAndGet(Duration.ofMillis(100).toNanos());
            boolean out = agent.masterState.current().phase() == MasterState.Phase.UNREGISTERED;
            int claimed = database.claimed();
            boolean lasts = remembered.filter(this::lasts).isPresent();
            agent.membership.take();
            agent.fence.take();
            Optional<Authority> authority = agent.masterState.current().authority();
            if (!out || authority.isEmpty()) {
                return;
            }
            if (lasts) {
                assertThat(authority.get().epoch()).isEqualTo(remembered.get().epoch());
                assertThat(database.claimed()).as("the claims of its epoch").isEqualTo(claimed);
            } else {
                assertThat(authority.get().epoch()).as("a new epoch").isGreaterThan(greatestEpoch);
                assertThat(agent.mortal).as("nothing of the old one runs").isTrue();
                assertThat(agent.claimedAtTheKill)
                        .as("killed before the release")
                        .isEqualTo(claimed);
                assertThat(database.claimed()).isZero();
            }
            remembered = authority;
            greatestEpoch = Math.max(greatestEpoch, authority.get().epoch());
        }

        private void twin() {
            TestAgent twin = new TestAgent("m1", state.resolve("twin" + gone.size()), nanos, database, zooKeeper);
            gone.add(twin);
            if (agent.ensemble.members().containsKey("m1")) {
                int claimed = database.claimed();
                twin.membership.take();
                assertThat(twin.masterState.current().phase()).isEqualTo(MasterState.Phase.UNREGISTERED);
                assertThat(database.claimed()).isEqualTo(claimed);
            }
            twin.ensemble.close();
            twin.stateFile.close();
        }

        private void claim() {
            database.submit(List.of("linux"), 0, 1);
            if (agent.masterState.authority().isPresent()) {
                try {
                    agent.hello(List.of("linux"), List.of());
                    agent.claims.lookAgain();
                    agent.claim("linux", 1);
                } catch (CompletionException e) {
                    assertThat(e).hasCauseInstanceOf(Fenced.class);
                }
            }
        }

        private boolean lasts(Authority authority) {
            return database.masters().list().stream()
                    .anyMatch(row -> row.masterid() == authority.masterid()
                            && row.epoch() == authority.epoch()
                            && row.state() == MasterRow.State.ACTIVE);
        }

        private void restart() {
            gone.add(agent);
            boolean mortal = agent.mortal;
            agent.stateFile.close();
            zooKeeper.expire(agent.ensemble);
            agent.ensemble.close();
            agent = begin();
            agent.mortal = mortal;
        }

        private void forget() {
            try {
                Files.deleteIfExists(state.resolve("m1").resolve("agent.json"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            remembered = Optional.empty();
        }

        private void failOver() {
            long leaderEpoch = database.masters().lead(leader, 1);
            database.masters().list().stream()
                    .filter(row -> row.name().equals("m1"))
                    .forEach(row -> {
                        greatestEpoch = Math.max(greatestEpoch, row.epoch());
                        database.masters().failOver(leader, leaderEpoch, row.masterid(), row.epoch(), 1, "a test");
                    });
        }

        /** At most one authority may write: all others are fenced at their next write. */
        void isAsItMustBe() {
            assertThat(Stream.concat(gone.stream(), Stream.of(agent))
                            .flatMap(each -> each.masterState.current().authority().stream())
                            .filter(database.masters()::isCurrent)
                            .distinct())
                    .as("authorities that are current")
                    .hasSizeLessThanOrEqualTo(1);
        }

        private static Path temporary() {
            try {
                return Files.createTempDirectory("quorate-registration");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            agent.stateFile.close();
            try (Stream<Path> files = Files.walk(state)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
