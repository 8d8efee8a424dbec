package org.quorate.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.quorate.sql.Statements;

/**
 * A protocol with one part left out: statements that precede the real ones on the agents' class path. The checker must
 * detect it; otherwise the checker proves nothing.
 */
enum Mutant {
    /** The fence lets writes of any epoch pass, and an agent that asks never hears that its epoch is over. */
    NO_FENCE(
            Profile.CUTS,
            List.of("masters/fence", "masters/is_current"),
            "and m.epoch = :epoch and m.incarnation = :incarnation and m.state = 'active'",
            "and cast(:epoch as bigint) > 0 and cast(:incarnation as uuid) is not null"),
    /** A failover releases the claims, and the master remains trusted in its epoch. */
    FAILOVER_KEEPS_EPOCH(
            Profile.KILLS,
            List.of("masters/end_epoch"),
            "epoch = greatest(epoch + 1, :number), state = :state",
            "epoch = epoch + 0 * cast(:number as bigint), state = left(:state, 0) || 'active'"),
    /** A failover ends the epoch, and the rows of Buildbot's claims remain. */
    FAILOVER_KEEPS_CLAIMS(Profile.KILLS, List.of("masters/release_claims"), "r.complete = 0", "r.complete = 2"),
    /** A master that registers again gets the number that it had. */
    REGISTER_KEEPS_EPOCH(
            Profile.KILLS,
            List.of("masters/register"),
            "greatest(m.epoch + 1, :number)",
            "m.epoch + 0 * cast(:number as bigint)");

    private final Profile profile;
    private final List<String> statements;
    private final String kept;
    private final String instead;

    Mutant(Profile profile, List<String> statements, String kept, String instead) {
        this.profile = profile;
        this.statements = statements;
        this.kept = kept;
        this.instead = instead;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Mutant named(String word) {
        return Arrays.stream(values())
                .filter(mutant -> mutant.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no mutant " + word + "; there are "
                        + Arrays.stream(values()).map(Mutant::word).toList()));
    }

    /** Returns the profile whose faults it fails under. */
    Profile profile() {
        return profile;
    }

    List<String> statements() {
        return statements;
    }

    String sql(String statement) {
        String real = Statements.named(statement);
        String mutated = real.replace(kept, instead);
        if (mutated.equals(real)) {
            throw new IllegalStateException(statement + " is not what mutant " + word() + " expects");
        }
        return mutated;
    }

    /** Copies the distribution, with links to its jars in place of copies. Returns the copy's home. */
    Path distribution(Path home, Path directory) {
        Path copy = directory.resolve("mutant");
        Path lib = copy.resolve("lib");
        try {
            for (String statement : statements) {
                Path file = lib.resolve("statements").resolve("sql").resolve(statement + ".sql");
                Files.createDirectories(file.getParent());
                Files.writeString(file, sql(statement));
            }
            copyAll(home.resolve("bin"), copy.resolve("bin"), false);
            copyAll(home.resolve("lib"), lib, true);
            Path list = lib.resolve("classpath");
            String jars = Files.readString(list);
            Files.delete(list);
            Files.writeString(list, "lib/statements:" + jars);
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copyAll(Path from, Path to, boolean linked) throws IOException {
        Files.createDirectories(to);
        List<Path> files;
        try (Stream<Path> all = Files.list(from)) {
            files = all.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            Path copy = to.resolve(file.getFileName());
            if (linked && file.toString().endsWith(".jar")) {
                Files.createSymbolicLink(copy, file);
            } else {
                Files.copy(file, copy);
                copy.toFile().setExecutable(Files.isExecutable(file));
            }
        }
    }
}
