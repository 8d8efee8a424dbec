package org.quorate.demo.cluster;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claims;
import org.quorate.claim.Completion;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Results;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.demo.cluster.Ledger.Row;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;
import org.quorate.scheduler.Schedulers;
import org.quorate.scheduler.Tick;

/**
 * The writes that a frozen master would send when it wakes: with the authority, the claims and the terms that it had
 * when it was frozen. After the failover the database must refuse each of them.
 */
public final class Zombie {
    private final Authority authority;
    private final List<Row> held;
    private final List<Row> owned;

    private Zombie(Authority authority, List<Row> held, List<Row> owned) {
        this.authority = authority;
        this.held = List.copyOf(held);
        this.owned = List.copyOf(owned);
    }

    /** Returns empty if the master is not active. */
    public static Optional<Zombie> of(Ledger ledger, String master) {
        return ledger.rows("demo/authority", Map.of("master", master)).stream()
                .findFirst()
                .map(row -> new Authority(row.number("masterid"), row.large("epoch"), row.uuid("incarnation")))
                .map(authority -> new Zombie(
                        authority,
                        ledger.rows("demo/held", Map.of("masterid", authority.masterid())),
                        ledger.rows(
                                "demo/owned", Map.of("masterid", authority.masterid(), "epoch", authority.epoch()))));
    }

    /** The writes that were refused, and those that the database accepted although it had to refuse them. */
    public record Attempts(List<String> refused, List<String> accepted) {
        public Attempts {
            refused = List.copyOf(refused);
            accepted = List.copyOf(accepted);
        }

        public static Attempts none() {
            return new Attempts(List.of(), List.of());
        }
    }

    /** Tries a claim, a completion of a claim that it held, and a tick of a scheduler that it owned. */
    Attempts replay(Claims claims, Schedulers schedulers, OffsetDateTime now) {
        List<String> refused = new ArrayList<>();
        List<String> accepted = new ArrayList<>();
        held.stream().findFirst().ifPresent(claim -> {
            Wanted wanted = new Wanted(claim.number("builderid"), 1, LowWaterMark.LOWEST);
            attempt("a claim", refused, accepted, () -> claims.take(authority, turn(List.of(), List.of(wanted))));
            Completion completion =
                    new Completion(new Attempt(claim.number("brid"), claim.uuid("attempt")), Results.SUCCESS);
            attempt(
                    "a completion",
                    refused,
                    accepted,
                    () -> claims.take(authority, turn(List.of(completion), List.of())));
        });
        owned.stream().findFirst().ifPresent(term -> {
            Tick tick = new Tick(
                    term.text("name"),
                    term.large("term"),
                    "woken zombie of the demo",
                    now.toEpochSecond(),
                    List.of(Sample.BUILDERS.get(0)),
                    0,
                    "must be refused",
                    "{}");
            attempt("a tick", refused, accepted, () -> schedulers.tick(authority, tick));
        });
        return new Attempts(refused, accepted);
    }

    private static Turn turn(List<Completion> completions, List<Wanted> wanted) {
        return new Turn(UUID.randomUUID(), completions, List.of(), wanted, wanted.size());
    }

    private static void attempt(String what, List<String> refused, List<String> accepted, Runnable write) {
        try {
            write.run();
            accepted.add(what);
        } catch (Fenced e) {
            refused.add(what);
        }
    }
}
