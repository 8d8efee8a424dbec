package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.quorate.claim.Claim;
import org.quorate.claim.Turn;
import org.quorate.failpoint.Failpoint;
import org.quorate.master.Authority;
import org.quorate.testing.FaultProxy;

/**
 * Shows what happens if one part of the protocol is missing: a puppet runs with a mutant of one statement, the test
 * creates the situation for which the missing part exists, and the checks of {@code quorate verify} find the violation.
 * The same situation with the real statement does no harm. {@code FenceMutantTest} covers all writes and all ends of an
 * epoch; {@link SelfFenceMutantTest} covers M9.
 */
@Tag("faults")
class MutantsTest extends Stage {
    private static final UUID ATTEMPT = new UUID(4, 2);

    @TempDir
    Path mutants;

    @ParameterizedTest
    @EnumSource
    void the_real_statement_keeps_the_invariants(Mutant mutant) {
        assertThat(violationsAfterTheMoment(mutant)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void a_mutant_is_caught(Mutant mutant) {
        classPath = mutant.before(classPath, mutants);
        if (mutant == Mutant.M6_TICK_WITHOUT_KEY) {
            POSTGRES.database().execute("alter table quorate.tick drop constraint tick_pkey");
        }

        assertThat(violationsAfterTheMoment(mutant))
                .anySatisfy(violation -> assertThat(violation).startsWith(mutant.violation()));
    }

    @Test
    void there_are_nine_mutants() {
        assertThat(Stream.concat(Arrays.stream(Mutant.values()).map(Enum::name), Stream.of(SelfFenceMutantTest.MUTANT))
                        .map(name -> name.substring(0, name.indexOf('_'))))
                .containsExactly("M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9");
    }

    private List<String> violationsAfterTheMoment(Mutant mutant) {
        List<String> more = switch (mutant) {
            case M1_NO_FENCE -> aZombieClaims();
            case M2_CHECK_WITHOUT_LOCK -> anEpochEndsUnderTheFence(this::failOver);
            case M3_FOR_KEY_SHARE -> anEpochEndsUnderTheFence(() -> masters.register("victim", UUID.randomUUID(), 10));
            case M4_COMPLETION_WITHOUT_ATTEMPT -> aLateCompletionOfAnEarlierAttempt();
            case M5_FAILOVER_WITHOUT_A_NEW_EPOCH -> aLeaderFailsOver(false);
            case M6_TICK_WITHOUT_KEY -> anOccasionIsSentTwice();
            case M7_BLIND_RETRY -> theAnswerToAClaimIsLost();
            case M8_LEADER_WITHOUT_LEADER_EPOCH -> aLeaderFailsOver(true);
        };
        return Stream.concat(more.stream(), POSTGRES.database().violations().stream())
                .toList();
    }

    private List<String> aZombieClaims() {
        PuppetProcess zombie = puppet("victim", victim, "");
        failOver();
        zombie.ask("claim " + builderid + " 2 " + ATTEMPT);
        return List.of();
    }

    /** Waits until the epoch has ended or, if a lock holds that back, until it waits for the lock. */
    private List<String> anEpochEndsUnderTheFence(Runnable end) {
        PuppetProcess puppet = pausingVictim(Failpoint.FENCE_HELD);
        puppet.send("claim " + builderid + " 2 " + ATTEMPT).awaitAt(Failpoint.FENCE_HELD);
        CompletableFuture<Void> ending = CompletableFuture.runAsync(end);
        await().atMost(PATIENCE).until(() -> ending.isDone() || isSomebodyWaiting());
        puppet.send("go").answer();
        ending.join();
        return List.of();
    }

    private List<String> aLateCompletionOfAnEarlierAttempt() {
        Claim first = held.get(0);
        claims.take(
                victim,
                new Turn(
                        UUID.randomUUID(),
                        List.of(),
                        List.of(new Turn.Release(first.attempt(), "no worker")),
                        List.of(),
                        0));
        assertThat(claim(victim, 1)).extracting(Claim::brid).containsExactly(first.brid());
        puppet("victim", victim, "")
                .ask("complete " + first.brid() + " " + first.attempt().token());
        return List.of();
    }

    private List<String> aLeaderFailsOver(boolean deposed) {
        Authority keeper = masters.register("keeper", UUID.randomUUID(), 1).authority();
        PuppetProcess puppet = puppet("keeper", keeper, "");
        long leaderEpoch = masters.lead(keeper, 1);
        if (deposed) {
            masters.lead(heir, 1);
        }
        puppet.ask("failover " + leaderEpoch + " " + victim.masterid() + " " + victim.epoch() + " 9");
        return List.of();
    }

    private List<String> anOccasionIsSentTwice() {
        long term = schedulers.own(victim, "nightly", 0).orElseThrow().term();
        PuppetProcess puppet = puppet("victim", victim, "");
        puppet.ask("tick nightly " + term);
        puppet.ask("tick nightly " + term);
        return List.of();
    }

    /** Claims that reach no buildmaster are held for ever and built by nobody. */
    private List<String> theAnswerToAClaimIsLost() {
        try (FaultProxy proxy = new FaultProxy(POSTGRES.url())) {
            url = proxy.url();
            PuppetProcess puppet = puppet("victim", victim, "");
            proxy.cutAfterNextCommit();
            String answered = puppet.ask("claim " + builderid + " 2 " + ATTEMPT);
            String held = POSTGRES.database()
                    .text("select array_to_json(array_agg(brid order by brid)) from quorate.claim where attempt = '"
                            + ATTEMPT + "'")
                    .replace(",", ", ");
            return answered.equals(held) ? List.of() : List.of("reached nobody: of " + held + " only " + answered);
        }
    }
}
