package org.quorate.testing;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.event.Cursor;
import org.quorate.master.Authority;
import org.quorate.master.MasterRow;

/**
 * The common part of the contracts of the four ports to the database: a fresh database for each test, and methods to
 * use it.
 */
abstract class DatabaseContract {
    static final UUID NOBODY = new UUID(0, 0);
    static final Cursor NOTHING_HEARD = new Cursor(Map.of(), 0);

    SharedDatabase database;

    /** Opens a database without masters, builders or schedulers. */
    protected abstract SharedDatabase open();

    @BeforeEach
    void openDatabase() {
        database = open();
    }

    @AfterEach
    void closeDatabase() {
        database.close();
    }

    /** Registers a new agent that knows no earlier epoch. */
    Authority register(String master) {
        return database.masters().register(master, UUID.randomUUID(), 0).authority();
    }

    MasterRow row(Authority authority) {
        return database.masters().list().stream()
                .filter(row -> row.masterid() == authority.masterid())
                .findFirst()
                .orElseThrow();
    }

    int submit(String builder) {
        return submit(builder, 0, 1_000);
    }

    int submit(String builder, int priority, int submittedAt) {
        return database.submit(List.of(builder), priority, submittedAt).get(0);
    }

    /** Claims up to {@code slots} buildrequests of one builder. */
    List<Claim> claim(Authority authority, String builder, int slots) {
        return take(authority, wants(slots, wanted(builder, slots))).claimed();
    }

    Turn.Outcome take(Authority authority, Turn turn) {
        return database.claims().take(authority, turn);
    }

    Wanted wanted(String builder, int slots) {
        return new Wanted(database.builder(builder), slots, LowWaterMark.LOWEST);
    }

    static Turn wants(int limit, Wanted... wanted) {
        return new Turn(UUID.randomUUID(), List.of(), List.of(), Arrays.asList(wanted), limit);
    }

    static Turn completes(Claim claim, int results) {
        return completes(claim.attempt(), results);
    }

    static Turn completes(Attempt attempt, int results) {
        return new Turn(UUID.randomUUID(), List.of(new Completion(attempt, results)), List.of(), List.of(), 0);
    }

    static Turn releases(Claim claim) {
        return new Turn(UUID.randomUUID(), List.of(), List.of(new Turn.Release(claim.attempt(), "test")), List.of(), 0);
    }

    static List<Integer> brids(List<Claim> claims) {
        return claims.stream().map(Claim::brid).toList();
    }
}
