package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.link.FreeSlots;
import org.quorate.agent.link.HelloAnswer;
import org.quorate.agent.loop.Step;
import org.quorate.agent.membership.Life;
import org.quorate.agent.membership.StateFileStep;
import org.quorate.claim.Claim;
import org.quorate.identity.Pairing;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;
import org.quorate.master.Member;
import org.quorate.testing.memory.InMemoryDatabase;
import org.quorate.testing.memory.InMemoryEnsemble;
import org.quorate.testing.memory.InMemoryZooKeeper;

/** A restarted agent: with its own state file, without one, and with a copy of another agent's file. */
class ResumeTest {
    private final AtomicLong nanos = new AtomicLong(1);
    private final InMemoryDatabase database = new InMemoryDatabase();
    private final InMemoryZooKeeper zooKeeper = new InMemoryZooKeeper(TestAgent.SESSION);

    @TempDir
    private Path state;

    private TestAgent agent(String name) {
        return new TestAgent(name, state, nanos, database, zooKeeper);
    }

    @Test
    void a_restarted_agent_resumes_its_epoch_and_keeps_its_claims() {
        TestAgent first = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        first.claims.lookAgain();
        Claim claim = first.claim("linux", 1).get(0);
        Authority before = first.masterState.authority().orElseThrow();
        zooKeeper.expire(first.ensemble);
        first.stateFile.close();

        TestAgent second = agent("m1");
        second.membership.take();
        HelloAnswer answer = second.hello(List.of("linux"), List.of(), claim.attempt());

        Authority after = second.masterState.authority().orElseThrow();
        assertThat(after.epoch()).isEqualTo(before.epoch());
        assertThat(second.claimedAtTheKill).as("nothing was killed").isNegative();
        assertThat(after.incarnation()).isNotEqualTo(before.incarnation());
        assertThat(answer.stop()).isEmpty();
        assertThatThrownBy(() -> database.claims().held(before)).isInstanceOf(Fenced.class);
    }

    @Test
    void claims_of_an_agent_that_died_before_its_answer_are_handed_over_by_the_next_one() {
        TestAgent first = agent("m1").in(List.of("linux"), List.of());
        List<Integer> submitted = database.submit(List.of("linux", "linux"), 0, 1);
        first.claims.lookAgain();
        UUID asked = UUID.randomUUID();
        first.ask(new FreeSlots(Map.of("linux", 2), 2, Optional.of(asked)));
        first.stateFile.close();

        TestAgent second = agent("m1");
        second.membership.take();
        HelloAnswer answer = second.helloAfter(asked);
        second.claims.take();

        assertThat(answer.claims()).extracting(Claim::brid).containsExactlyElementsOf(submitted);
        assertThat(answer.claims()).extracting(claim -> claim.attempt().token()).containsOnly(asked);
        assertThat(second.held.brids()).containsExactlyInAnyOrderElementsOf(submitted);
        assertThat(database.claimed()).as("nothing was released").isEqualTo(2);
    }

    @Test
    void the_claims_of_an_unanswered_request_are_handed_over_only_once() {
        UUID asked = UUID.randomUUID();
        TestAgent second = heirOfOneClaim(asked);
        assertThat(second.helloAfter(asked).claims()).hasSize(1);

        HelloAnswer again = second.helloAfter(asked);
        second.claims.take();

        assertThat(again.claims()).isEmpty();
        assertThat(database.claimed()).isZero();
    }

    @Test
    void the_claims_of_an_unanswered_request_are_not_handed_over_while_the_master_is_drained() {
        UUID asked = UUID.randomUUID();
        TestAgent second = heirOfOneClaim(asked);
        database.drain("m1", true);
        second.control.take();

        HelloAnswer answer = second.helloAfter(asked);
        second.claims.take();

        assertThat(answer.claims()).isEmpty();
        assertThat(database.claimed()).isZero();
    }

    /** Returns the successor of an agent that died before it could send the answer to one claim. */
    private TestAgent heirOfOneClaim(UUID asked) {
        TestAgent first = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        first.claims.lookAgain();
        first.ask(new FreeSlots(Map.of("linux", 1), 1, Optional.of(asked)));
        first.stateFile.close();
        TestAgent second = agent("m1");
        second.membership.take();
        return second;
    }

    @Test
    void a_buildmaster_that_names_another_request_gets_no_claims_of_an_unanswered_one() {
        TestAgent second = heirOfOneClaim(UUID.randomUUID());

        HelloAnswer answer = second.helloAfter(UUID.randomUUID());
        second.claims.take();

        assertThat(answer.claims()).isEmpty();
        assertThat(database.claimed())
                .as("a build of another process is not begun again")
                .isZero();
    }

    @Test
    void a_restarted_agent_resumes_before_ZooKeeper_answers_and_joins_when_it_does() {
        TestAgent first = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        first.claims.lookAgain();
        Claim claim = first.claim("linux", 1).get(0);
        long epoch = first.masterState.authority().orElseThrow().epoch();
        first.stateFile.close();

        TestAgent second = agent("m1");
        zooKeeper.cutOff(second.ensemble);
        assertThat(second.membership.take().sentence()).startsWith("resumed epoch " + epoch);
        HelloAnswer answer = second.hello(List.of("linux"), List.of(), claim.attempt());
        assertThat(answer.stop()).isEmpty();
        assertThat(answer.lease()).isPositive();
        assertThat(second.membership.take().sentence()).startsWith("trusted by the database alone");

        zooKeeper.reconnect(second.ensemble);
        assertThat(second.membership.take().sentence()).startsWith("joined again in epoch " + epoch);
        assertThat(second.ensemble.heartbeat()).isTrue();
        assertThat(first.ensemble.heartbeat())
                .as("the predecessor's node was replaced")
                .isFalse();
    }

    @Test
    void a_resumed_agent_waits_for_the_end_of_a_node_that_it_does_not_know() {
        TestAgent first = agent("m1").in(List.of("linux"), List.of());
        long epoch = first.masterState.authority().orElseThrow().epoch();
        first.stateFile.close();
        // an agent that ended after it had joined and before it wrote its state file
        InMemoryEnsemble ended = zooKeeper.connect();
        zooKeeper.expire(first.ensemble);
        ended.join(new Member("m1", UUID.randomUUID(), 0, "host", 1, List.of(), "0"), Optional.empty());

        TestAgent second = agent("m1");
        second.membership.take();
        assertThat(second.membership.take().sentence()).startsWith("waiting for the end of an earlier agent's session");
        second.pass(Duration.ofSeconds(3));
        second.membership.take();
        second.pass(Duration.ofSeconds(3));
        assertThat(second.masterState.authority().orElseThrow().epoch())
                .as("the database still proves the epoch")
                .isEqualTo(epoch);

        zooKeeper.expire(ended);
        assertThat(second.membership.take().sentence()).startsWith("joined again in epoch " + epoch);
    }

    @Test
    void joining_late_does_not_cost_the_trust_that_the_database_gives() {
        agent("m1").in(List.of("linux"), List.of()).stateFile.close();
        TestAgent second = agent("m1");
        second.membership.take();
        second.pass(Duration.ofMillis(3900));

        assertThat(second.membership.take().sentence()).startsWith("joined again");
        second.pass(Duration.ofMillis(3900));
        second.fence.take();

        assertThat(second.masterState.authority()).isPresent();
    }

    @Test
    void an_epoch_that_is_over_is_not_resumed_without_ZooKeeper() {
        TestAgent first = agent("m1").in(List.of("linux"), List.of());
        Authority before = first.masterState.authority().orElseThrow();
        first.stateFile.close();
        database.masters().leave(before, "test");

        TestAgent second = agent("m1");
        zooKeeper.cutOff(second.ensemble);
        assertThat(second.membership.take().sentence()).startsWith("waiting to register");
        assertThat(second.masterState.authority()).isEmpty();
    }

    @Test
    void an_epoch_that_was_resumed_ends_when_ZooKeeper_turns_out_to_be_another_clusters() {
        agent("m1").in(List.of("linux"), List.of()).stateFile.close();
        InMemoryZooKeeper foreign = new InMemoryZooKeeper(TestAgent.SESSION);
        foreign.connect()
                .pair(
                        Optional.empty(),
                        new Pairing(UUID.randomUUID(), UUID.randomUUID(), Optional.empty(), UUID.randomUUID()));

        TestAgent second = new TestAgent("m1", state, nanos, database, foreign);
        foreign.cutOff(second.ensemble);
        second.membership.take();
        assertThat(second.masterState.authority()).isPresent();
        foreign.reconnect(second.ensemble);
        second.membership.take();

        assertThat(second.masterState.current().phase()).isEqualTo(MasterState.Phase.FENCED);
        assertThat(second.masterState.current().reason()).contains("ZooKeeper belongs to cluster");
        assertThat(foreign.connect().members()).isEmpty();
    }

    @Test
    void a_buildmaster_may_build_for_longer_than_its_agent_trusts_itself_but_not_until_it_could_be_fenced() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());

        m1.membership.take();

        assertThat(m1.link.lease).isEqualTo(Duration.ofSeconds(5));
        zooKeeper.stop();
        m1.membership.take();
        assertThat(m1.link.lease).as("the lease that the database alone gives").isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void an_agent_without_memory_kills_what_runs_before_its_claims_are_released() {
        TestAgent first = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        first.claims.lookAgain();
        first.claim("linux", 1);
        zooKeeper.expire(first.ensemble);

        TestAgent forgetful = new TestAgent("m1", state.resolve("lost"), nanos, database, zooKeeper);
        forgetful.membership.take();

        assertThat(forgetful.claimedAtTheKill).isOne();
        assertThat(forgetful.masterState.authority()).isPresent();
        assertThat(database.claimed()).isZero();
    }

    @Test
    void no_epoch_begins_while_processes_of_an_earlier_buildmaster_live() {
        TestAgent first = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        first.claims.lookAgain();
        first.claim("linux", 1);
        zooKeeper.expire(first.ensemble);

        TestAgent forgetful = new TestAgent("m1", state.resolve("lost"), nanos, database, zooKeeper);
        forgetful.mortal = false;
        assertThat(forgetful.membership.take().sentence()).contains("processes of an earlier buildmaster do not end");
        assertThat(forgetful.masterState.authority()).isEmpty();
        assertThat(database.claimed()).isOne();

        forgetful.mortal = true;
        forgetful.membership.take();
        assertThat(forgetful.masterState.authority()).isPresent();
        assertThat(database.claimed()).isZero();
    }

    @Test
    void a_copied_state_directory_neither_puts_the_living_agent_out_nor_resumes_its_epoch() throws Exception {
        TestAgent living = living(state.resolve("original")).in(List.of("linux"), List.of());
        Authority before = living.masterState.authority().orElseThrow();
        Files.createDirectories(state.resolve("copy/m1"));
        Files.copy(state.resolve("original/m1/agent.json"), state.resolve("copy/m1/agent.json"));

        TestAgent clone = living(state.resolve("copy"));
        String sentence = clone.membership.take().sentence();
        assertThat(sentence).startsWith("staying out: another agent is master m1");
        assertThat(living.ensemble.heartbeat()).isTrue();
        assertThat(database.masters().isCurrent(before)).isTrue();
        zooKeeper.expire(living.ensemble);
        clone.membership.take();
        assertThat(clone.masterState.authority().orElseThrow().epoch()).isGreaterThan(before.epoch());
    }

    @Test
    void of_two_agents_with_copies_of_one_state_directory_only_the_first_resumes_the_epoch() throws Exception {
        TestAgent first = new TestAgent("m1", state.resolve("original"), nanos, database, zooKeeper)
                .in(List.of("linux"), List.of());
        long epoch = first.masterState.authority().orElseThrow().epoch();
        first.stateFile.close();
        zooKeeper.expire(first.ensemble);
        Files.createDirectories(state.resolve("copy/m1"));
        Files.copy(state.resolve("original/m1/agent.json"), state.resolve("copy/m1/agent.json"));

        TestAgent heir = new TestAgent("m1", state.resolve("original"), nanos, database, zooKeeper);
        TestAgent clone = new TestAgent("m1", state.resolve("copy"), nanos, database, zooKeeper);
        heir.membership.take();
        assertThat(clone.membership.take().sentence()).contains("another agent", "has resumed epoch " + epoch);
        assertThat(clone.membership.take().sentence()).contains("another agent", "has resumed epoch " + epoch);

        assertThat(clone.masterState.authority()).as("it starts no buildmaster").isEmpty();
        heir.membership.take();
        clone.pass(TestAgent.SESSION);
        assertThat(clone.membership.take().sentence()).startsWith("staying out: another agent is master m1");
        assertThat(clone.claimedAtTheKill).as("it kills no buildmaster").isNegative();
        assertThat(database.masters().holder("m1", epoch)).isPresent();
        heir.membership.take();
        assertThat(heir.masterState.authority()).isPresent();
    }

    @Test
    void a_copy_of_the_state_directory_begins_a_new_epoch_when_the_agent_that_resumed_it_is_gone() throws Exception {
        TestAgent first = new TestAgent("m1", state.resolve("original"), nanos, database, zooKeeper)
                .in(List.of("linux"), List.of());
        long epoch = first.masterState.authority().orElseThrow().epoch();
        first.stateFile.close();
        zooKeeper.expire(first.ensemble);
        Files.createDirectories(state.resolve("copy/m1"));
        Files.copy(state.resolve("original/m1/agent.json"), state.resolve("copy/m1/agent.json"));
        new TestAgent("m1", state.resolve("original"), nanos, database, zooKeeper).membership.take();

        TestAgent clone = new TestAgent("m1", state.resolve("copy"), nanos, database, zooKeeper);
        clone.membership.take();
        clone.pass(TestAgent.SESSION);
        clone.membership.take();

        assertThat(clone.masterState.authority().orElseThrow().epoch()).isGreaterThan(epoch);
    }

    @Test
    void an_epoch_is_resumed_after_an_agent_that_ended_before_it_knew_whether_it_had_resumed_it() throws Exception {
        TestAgent first = agent("m1").in(List.of("linux"), List.of());
        Authority before = first.masterState.authority().orElseThrow();
        first.stateFile.close();
        Path file = state.resolve("m1/agent.json");
        String written = Files.readString(file);
        String earlier = before.incarnation().toString();
        // what an agent writes before it asks the database; this one ended then
        Files.writeString(
                file,
                written.replace(earlier, UUID.randomUUID().toString())
                        .replace("\"life\"", "\"before\": \"" + earlier + "\", \"life\""));

        TestAgent third = agent("m1");
        third.membership.take();

        assertThat(third.masterState.authority().orElseThrow().epoch()).isEqualTo(before.epoch());
    }

    @Test
    void an_agent_whose_state_directory_cannot_be_written_resumes_its_epoch_all_the_same_and_warns() throws Exception {
        TestAgent first = agent("m1").in(List.of("linux"), List.of());
        long epoch = first.masterState.authority().orElseThrow().epoch();
        first.stateFile.close();
        // like a full disk: the new content of the file cannot be written
        Path obstacle = Files.createDirectory(state.resolve("m1/agent.json.new"));

        TestAgent second = agent("m1");
        second.membership.take();
        StateFileStep check = new StateFileStep(second.stateFile);
        Step.Taken found = check.take();

        assertThat(second.masterState.authority().orElseThrow().epoch()).isEqualTo(epoch);
        assertThat(found.outcome()).isEqualTo(Step.Outcome.WAITING);
        assertThat(found.sentence()).contains(obstacle.toString(), "Is a directory", "all running builds are repeated");

        Files.delete(obstacle);
        assertThat(check.take().outcome()).isEqualTo(Step.Outcome.DONE);
        second.stateFile.close();
        TestAgent third = agent("m1");
        third.membership.take();
        assertThat(third.masterState.authority().orElseThrow().epoch())
                .as("the file was written when it could be")
                .isEqualTo(epoch);
    }

    @Test
    void a_new_epoch_begins_although_the_state_directory_cannot_be_written() throws Exception {
        TestAgent agent = agent("m1");
        Files.createDirectory(state.resolve("m1/agent.json.new"));
        assertThat(new StateFileStep(agent.stateFile).take().sentence()).contains("cannot be written");

        agent.membership.take();

        assertThat(agent.masterState.authority()).isPresent();
    }

    private TestAgent living(Path directory) {
        return new TestAgent(
                "m1", directory, nanos, database, zooKeeper, database.claims(), database.events(), Life.current());
    }
}
