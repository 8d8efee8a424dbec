package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.quorate.agent.testing.At;
import org.quorate.claim.Claim;
import org.quorate.failpoint.Failpoint;
import org.quorate.master.Authority;
import org.quorate.master.Failovers.FailOver;
import org.quorate.master.Fenced;
import org.quorate.master.Member;
import org.quorate.zookeeper.CuratorEnsemble;

/** A master that stands still or dies while it registers, or while it fails another master over. */
@Tag("faults")
class FailpointsOfMastersTest extends Stage {
    private CuratorEnsemble heirsEnsemble;

    @AfterEach
    void nothing_is_broken() {
        assertThat(POSTGRES.database().violations()).isEmpty();
    }

    @AfterEach
    void closeTheHeir() {
        if (heirsEnsemble != null) {
            heirsEnsemble.close();
        }
    }

    @Test
    void no_failpoint_is_left_untested() {
        assertThat(Stream.of(FailpointsOfWritesTest.class, FailpointsOfMastersTest.class)
                        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                        .map(method -> method.getAnnotation(At.class))
                        .filter(Objects::nonNull)
                        .map(At::value)
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(Failpoint.values());
    }

    @Test
    void an_agent_with_an_unknown_failpoint_refuses_to_start_and_lists_them_all() throws Exception {
        List<String> command = new ArrayList<>(PuppetProcess.java(classPath));
        command.addAll(List.of("-Dquorate.failpoint=fence-hold:kill", Main.class.getName(), "--config", "/nowhere"));

        Process agent = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(agent.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(agent.waitFor()).isEqualTo(2);
        assertThat(output.lines()).hasSize(1);
        assertThat(output)
                .startsWith("quorate-agent: the property quorate.failpoint names 'fence-hold'")
                .contains("fence-held, ");
    }

    @Test
    @At(Failpoint.REGISTRATION_LOCKED)
    void a_failover_that_waited_for_a_registration_leaves_the_new_epoch_alone() {
        PuppetProcess puppet = pausingVictim(Failpoint.REGISTRATION_LOCKED);
        puppet.send("register 50").awaitAt(Failpoint.REGISTRATION_LOCKED);

        CompletableFuture<FailOver> failOver = waiting(this::failOver);
        puppet.send("go");

        assertThat(puppet.answer()).isEqualTo("50");
        assertThat(failOver.join().result()).isEqualTo(FailOver.Result.NOTHING);
        assertThat(stateOf("victim")).isEqualTo("active 50");
        assertThat(count("release")).as("released by its own registration").isEqualTo(2);
    }

    @Test
    @At(Failpoint.REGISTRATION_LOCKED)
    void a_registration_that_died_before_its_commit_ended_nothing() {
        PuppetProcess puppet = dyingVictim(Failpoint.REGISTRATION_LOCKED);

        puppet.send("register 50").awaitDeath();

        assertThat(claims.held(victim)).extracting(Claim::brid).containsExactly(1, 2);
        assertThat(masters.register("victim", UUID.randomUUID(), 51).released()).isEqualTo(2);
        assertThat(stateOf("victim")).isEqualTo("active 51");
    }

    @Test
    @At(Failpoint.RESUME_BEGUN)
    void an_epoch_that_was_ended_meanwhile_is_not_resumed() {
        PuppetProcess puppet = pausingVictim(Failpoint.RESUME_BEGUN);
        puppet.send("resume " + victim.epoch()).awaitAt(Failpoint.RESUME_BEGUN);

        assertThat(failOver().result()).isEqualTo(FailOver.Result.FENCED);
        puppet.send("go");

        assertThat(puppet.answer()).isEqualTo("over");
        assertThat(stateOf("victim")).isEqualTo("fenced 10");
        assertThat(count("resume")).isZero();
    }

    @Test
    @At(Failpoint.NODE_CREATED)
    void the_owner_of_a_node_is_checked_after_its_creation() throws Exception {
        PuppetProcess puppet = pausingVictim(Failpoint.NODE_CREATED);
        puppet.send("join").awaitAt(Failpoint.NODE_CREATED);
        ZooKeeper stranger = zooKeeper.stranger();
        try {
            String path = "/quorate/" + cluster + "/masters/victim";
            stranger.delete(path, -1);
            stranger.create(path, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
            puppet.send("go");

            assertThat(puppet.answer())
                    .as("unless its session has ended")
                    .matches("kept out by .*|ZooKeeperUnreachable: .*");
            assertThat(puppet.ask("heartbeat")).isEqualTo("false");
            assertThat(zooKeeper.exists(path)).isTrue();
        } finally {
            stranger.close();
        }
    }

    @Test
    @At(Failpoint.NODE_CREATED)
    void the_node_of_an_agent_that_died_keeps_its_name_until_its_session_is_over() {
        PuppetProcess puppet = dyingVictim(Failpoint.NODE_CREATED);
        puppet.send("join").awaitDeath();

        try (CuratorEnsemble next = zooKeeper.connect(cluster)) {
            Member member = new Member("victim", UUID.randomUUID(), 1, "next", 1, List.of(), "0");
            assertThat(next.join(member, Optional.empty())).map(Member::host).contains("puppet");

            zooKeeper.expire(cluster, "victim");

            assertThat(next.join(member, Optional.empty())).isEmpty();
            assertThat(next.heartbeat()).isTrue();
        }
    }

    @Test
    @At(Failpoint.EPOCH_ENDED)
    void a_claim_waits_for_the_failover_under_way_and_is_refused() {
        Authority keeper = masters.register("keeper", UUID.randomUUID(), 1).authority();
        PuppetProcess puppet = puppet("keeper", keeper, Failpoint.EPOCH_ENDED, "pause(1h)@1");
        puppet.send(failingOver(keeper)).awaitAt(Failpoint.EPOCH_ENDED);

        CompletableFuture<List<Claim>> claim = waiting(() -> claim(victim, 2));
        puppet.send("go");

        assertThat(puppet.answer()).isEqualTo("RELEASED");
        assertThatThrownBy(claim::join).hasCauseInstanceOf(Fenced.class);
        assertThat(claim(heir, 6)).hasSize(6);
    }

    @Test
    @At(Failpoint.EPOCH_ENDED)
    void a_failover_whose_leader_died_before_its_commit_never_was_and_the_next_leader_makes_it() {
        Authority keeper = masters.register("keeper", UUID.randomUUID(), 1).authority();
        PuppetProcess puppet = puppet("keeper", keeper, Failpoint.EPOCH_ENDED, "kill");

        puppet.send(failingOver(keeper)).awaitDeath();

        assertThat(claim(victim, 1)).as("its epoch goes on").hasSize(1);
        assertThat(failOver())
                .extracting(FailOver::result, FailOver::released)
                .containsExactly(FailOver.Result.RELEASED, 3);
        assertThat(count("fence")).isOne();
    }

    private String failingOver(Authority keeper) {
        return "failover " + masters.lead(keeper, 1) + " " + victim.masterid() + " " + victim.epoch() + " 9";
    }

    @Test
    @At(Failpoint.LOOK_TAKEN)
    void a_leader_that_was_deposed_between_its_look_and_the_failover_fences_nobody() {
        PuppetProcess keeper = leading(Failpoint.LOOK_TAKEN, "pause(1h)@2");
        assertThat(keeper.ask("look")).isEmpty();
        keeper.send("look").awaitAt(Failpoint.LOOK_TAKEN);

        masters.lead(heir, 1);
        keeper.send("go");

        assertThat(keeper.answer()).isEqualTo("deposed: another master leads");
        assertThat(count("fence")).isZero();
        assertThat(claim(victim, 1)).hasSize(1);
    }

    @Test
    @At(Failpoint.NUMBER_DRAWN)
    void a_number_that_was_drawn_for_an_epoch_that_ended_meanwhile_is_not_used() {
        PuppetProcess keeper = leading(Failpoint.NUMBER_DRAWN, "pause(1h)@1");
        assertThat(keeper.ask("look")).isEmpty();
        keeper.send("look").awaitAt(Failpoint.NUMBER_DRAWN);

        Authority anew = masters.register("victim", UUID.randomUUID(), 1).authority();
        keeper.send("go");

        assertThat(keeper.answer()).isEqualTo("left victim alone: its epoch moved on");
        assertThat(stateOf("victim")).isEqualTo("active " + anew.epoch());
        assertThat(claim(anew, 6)).hasSize(6);
    }

    @Test
    @At(Failpoint.FAILED_OVER)
    void a_leader_that_dies_after_the_failover_leaves_nothing_to_be_done_before_others_go_on() {
        PuppetProcess keeper = leading(Failpoint.FAILED_OVER, "kill");
        assertThat(keeper.ask("look")).isEmpty();

        keeper.send("look").awaitDeath();

        assertThatThrownBy(() -> claim(victim, 1))
                .as("through a session that nobody ended")
                .isInstanceOf(Fenced.class);
        assertThat(claim(heir, 6)).hasSize(6);
        assertThat(failOver().result()).isEqualTo(FailOver.Result.NOTHING);
    }

    /** Starts a puppet that leads, and that sees the heir alive and the victim gone. */
    private PuppetProcess leading(Failpoint at, String action) {
        Authority authority = masters.register("keeper", UUID.randomUUID(), 1).authority();
        heirsEnsemble = zooKeeper.connect(cluster);
        heirsEnsemble.join(new Member("heir", UUID.randomUUID(), 1, "here", 1, List.of(), "0"), Optional.empty());
        PuppetProcess keeper = puppet("keeper", authority, at, action);
        String first = keeper.ask("lead");
        if (!first.startsWith("leads in epoch")) {
            await().atMost(PATIENCE).until(() -> keeper.ask("step").startsWith("leads in epoch"));
        }
        return keeper;
    }
}
