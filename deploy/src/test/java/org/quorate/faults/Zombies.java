package org.quorate.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.quorate.claim.Attempt;
import org.quorate.claim.Completion;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Results;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;
import org.quorate.postgres.DatabaseSettings;
import org.quorate.postgres.PostgresClaims;
import org.quorate.postgres.PostgresDatabase;
import org.quorate.postgres.PostgresSchedulers;
import org.quorate.scheduler.Tick;

/**
 * Repeats the writes of masters that were hit, with the authority that they had then, when that authority has ended.
 * Agents themselves rarely send such writes, since they notice the end first. Each must be refused. Thread-safe.
 */
final class Zombies {
    private static final String AUTHORITY =
            "select masterid, epoch, incarnation from quorate.master where name = ? and state = 'active'";
    private static final String HELD = "select c.brid, c.attempt, r.builderid from quorate.claim c"
            + " join buildrequests r on r.id = c.brid where c.masterid = ? and c.epoch = ? order by c.brid limit 1";
    private static final String OWNED = "select n.name, s.term from quorate.scheduler s join schedulers n"
            + " on n.id = s.schedulerid where s.masterid = ? and s.epoch = ? order by n.name limit 1";
    private static final String IS_OVER =
            "select exists (select 1 from quorate.master where masterid = ? and (epoch > ? or state <> 'active'))";

    private final Ledger ledger;
    private final Map<Integer, Zombie> remembered = new ConcurrentHashMap<>();
    private final AtomicInteger refused = new AtomicInteger();
    private final List<String> accepted = new CopyOnWriteArrayList<>();

    private record Zombie(
            String master, Authority authority, List<Map<String, String>> held, List<Map<String, String>> owned) {}

    Zombies(Ledger ledger) {
        this.ledger = ledger;
    }

    /** Notes what this master knows, just before a fault hits it. */
    void remember(Fault fault) {
        try {
            ledger.once(AUTHORITY, fault.master()).stream()
                    .findFirst()
                    .map(row -> new Authority(
                            Integer.parseInt(row.get("masterid")),
                            Long.parseLong(row.get("epoch")),
                            UUID.fromString(row.get("incarnation"))))
                    .ifPresent(authority -> remembered.put(
                            fault.number(),
                            new Zombie(
                                    fault.master(),
                                    authority,
                                    ledger.rows(HELD, authority.masterid(), authority.epoch()),
                                    ledger.rows(OWNED, authority.masterid(), authority.epoch()))));
        } catch (java.sql.SQLException e) {
            remembered.remove(fault.number()); // the database is away, so this master's writes are not tried
        }
    }

    /** Tries a claim, a completion and a tick in the master's name, if its epoch is over. */
    void replay(Fault fault) {
        try {
            Optional.ofNullable(remembered.remove(fault.number()))
                    .filter(zombie -> ledger.value(IS_OVER, zombie.authority.masterid(), zombie.authority.epoch())
                            .equals("t"))
                    .ifPresent(this::replay);
        } catch (IllegalStateException e) {
            return; // the database stays away for longer than this waits
        }
    }

    private void replay(Zombie zombie) {
        DatabaseSettings settings = new DatabaseSettings(
                ledger.url().get(), ledger.user(), ledger.password(), 1, Duration.ofSeconds(5), Duration.ofSeconds(6));
        try (PostgresDatabase database = PostgresDatabase.open(settings, "campaign-zombie")) {
            PostgresClaims claims = new PostgresClaims(database);
            zombie.held.forEach(row -> {
                int brid = Integer.parseInt(row.get("brid"));
                UUID attempt = UUID.fromString(row.get("attempt"));
                Wanted wanted = new Wanted(Integer.parseInt(row.get("builderid")), 1, LowWaterMark.LOWEST);
                attempt(zombie, "claim", () -> claims.take(zombie.authority, turn(List.of(), List.of(wanted))));
                attempt(
                        zombie,
                        "completion of " + brid,
                        () -> claims.take(
                                zombie.authority,
                                turn(List.of(new Completion(new Attempt(brid, attempt), Results.SUCCESS)), List.of())));
            });
            zombie.owned.forEach(row -> attempt(
                    zombie,
                    "tick of " + row.get("name"),
                    () -> new PostgresSchedulers(database)
                            .tick(
                                    zombie.authority,
                                    new Tick(
                                            row.get("name"),
                                            Long.parseLong(row.get("term")),
                                            "of a zombie " + UUID.randomUUID(),
                                            0,
                                            List.of("blink"),
                                            0,
                                            "must be refused",
                                            "{}"))));
        }
    }

    private static Turn turn(List<Completion> completions, List<Wanted> wanted) {
        return new Turn(UUID.randomUUID(), completions, List.of(), wanted, wanted.size());
    }

    private void attempt(Zombie zombie, String what, Runnable write) {
        try {
            write.run();
            accepted.add(what + " by " + zombie.master + " with " + zombie.authority + " after that epoch");
        } catch (Fenced e) {
            refused.incrementAndGet();
        } catch (RuntimeException e) {
            // the database is away: the write was neither accepted nor refused
            return;
        }
    }

    int refused() {
        return refused.get();
    }

    /** Returns violations: writes that the database accepted although it had to refuse them. */
    List<String> accepted() {
        return new ArrayList<>(accepted);
    }
}
