package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.quorate.sql.Statements;

/**
 * A statement of the protocol without one part that INVARIANTS.md calls necessary. It is made from the real text, so
 * that it cannot drift away from it unnoticed.
 */
enum Mutant {
    /** The fence checks only that such a master exists. */
    M1_NO_FENCE(
            "masters/fence",
            " and m.epoch = :epoch and m.incarnation = :incarnation and m.state = 'active'",
            " and (:epoch::bigint, :incarnation::uuid) is not null",
            "I2"),
    /** The fence is only a check: another transaction may end the epoch after it. */
    M2_CHECK_WITHOUT_LOCK("masters/fence", "\n   for share", "", "I2"),
    /** The fence takes a lock that does not conflict with the end of an epoch. */
    M3_FOR_KEY_SHARE("masters/fence", "\n   for share", "\n   for key share", "I2"),
    /** A master that claimed a buildrequest once may complete it, even if another attempt holds it now. */
    M4_COMPLETION_WITHOUT_ATTEMPT(
            "claims/complete",
            " and c.attempt = t.attempt\n  returning c.brid, c.attempt",
            "\n  returning c.brid, t.attempt",
            "I3"),
    /** The victim's claims are released, but its epoch stays the same. */
    M5_FAILOVER_WITHOUT_A_NEW_EPOCH(
            "masters/end_epoch", "greatest(epoch + 1, :number)", "greatest(epoch, least(:number, 0))", "I9"),
    /** Nothing ensures that an occasion is committed once. The test itself removes the key. */
    M6_TICK_WITHOUT_KEY("schedulers/tick", "on conflict (schedulerid, occasion) do nothing\n", "", "I7"),
    /** After a lost answer nothing of the turn is found, so it is repeated. */
    M7_BLIND_RETRY(
            "claims/held", "where c.masterid = :masterid", "where false and c.masterid = :masterid", "reached nobody"),
    /** A master that led once may fence others for ever. */
    M8_LEADER_WITHOUT_LEADER_EPOCH(
            "leader/hold",
            "l.epoch = :leader_epoch and l.masterid = :masterid and l.incarnation = :incarnation",
            "(:leader_epoch::bigint, :masterid::integer, :incarnation::uuid) is not null",
            "I8");

    private final String statement;
    private final String real;
    private final String mutated;
    private final String violation;

    Mutant(String statement, String real, String mutated, String violation) {
        this.statement = statement;
        this.real = real;
        this.mutated = mutated;
        this.violation = violation;
    }

    /** Returns the beginning of the violation that this mutant causes. */
    String violation() {
        return violation;
    }

    /** Returns a class path on which the mutant comes before the real statement. */
    String before(String classPath, Path directory) {
        String text = Statements.named(statement);
        assertThat(text)
                .as("the real text of %s has changed: adapt this mutant to it", statement)
                .contains(real);
        Path file = directory.resolve("sql").resolve(statement + ".sql");
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text.replace(real, mutated));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return directory + File.pathSeparator + classPath;
    }
}
