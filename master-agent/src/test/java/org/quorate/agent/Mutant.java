package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.quorate.sql.Statements;

/**
 * A statement of the protocol with one thing left out that the page of invariants calls necessary. It is made from the real
 * text, so that it cannot drift away from it unnoticed.
 */
enum Mutant {
    /** The fence asks only whether there is such a master. */
    M1_NO_FENCE(
            "masters/fence",
            " and m.epoch = :epoch and m.incarnation = :incarnation and m.state = 'active'",
            " and (:epoch::bigint, :incarnation::uuid) is not null",
            "I2"),
    /** The fence is a check that others may pass. */
    M2_CHECK_WITHOUT_LOCK("masters/fence", "\n   for share", "", "I2"),
    /** The fence is a lock that the end of an epoch passes. */
    M3_FOR_KEY_SHARE("masters/fence", "\n   for share", "\n   for key share", "I2"),
    /** Whoever claimed it once may complete it, whoever holds it now. */
    M4_COMPLETION_WITHOUT_ATTEMPT(
            "claims/complete",
            " and c.attempt = t.attempt\n  returning c.brid, c.attempt",
            "\n  returning c.brid, t.attempt",
            "I3"),
    /** The victim's claims are released, its epoch is still the same. */
    M5_FAILOVER_WITHOUT_A_NEW_EPOCH(
            "masters/end_epoch", "greatest(epoch + 1, :number)", "greatest(epoch, least(:number, 0))", "I9"),
    /** Nothing says that an occasion happens once. The key itself is taken away by the test. */
    M6_TICK_WITHOUT_KEY("schedulers/tick", "on conflict (schedulerid, occasion) do nothing\n", "", "I7"),
    /** After a lost answer nothing of the turn is found, so that it is done again. */
    M7_BLIND_RETRY(
            "claims/held", "where c.masterid = :masterid", "where false and c.masterid = :masterid", "told to nobody"),
    /** Whoever led once may fence for ever. */
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

    /** What the violation that it brings about begins with. */
    String violation() {
        return violation;
    }

    /** A class path on which the mutant is found before the real statement. */
    String before(String classPath, Path directory) {
        String text = Statements.named(statement);
        assertThat(text)
                .as("the real text of %s has changed: find what this mutant is now", statement)
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
