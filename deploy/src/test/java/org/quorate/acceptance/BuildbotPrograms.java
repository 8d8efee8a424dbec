package org.quorate.acceptance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The command lines of Buildbot's programs: of those that are installed, or of those of another Debian in a folder. The
 * environment variable {@code QUORATE_BUILDBOT_ROOT} names that folder, and then applies to all programs.
 */
public final class BuildbotPrograms {
    private static final Path TWISTD = Path.of("/usr/bin/twistd3");

    private BuildbotPrograms() {}

    /** Returns whether a Buildbot is installed. */
    public static boolean areInstalled() {
        return Files.isExecutable(
                root().map(root -> root.resolve("usr/bin/twistd3")).orElse(TWISTD));
    }

    /** Returns the command line of {@code buildbot} or {@code buildbot-worker}, relative to this module's folder. */
    static List<String> buildbot(String program, String... arguments) {
        return command(Path.of(""), program, List.of(arguments));
    }

    /**
     * Returns the command line that runs a master or a worker in the foreground, in the folder in which it is started.
     */
    static List<String> twistd() {
        return twistd(Path.of(""));
    }

    /** @param deploy the folder of this module */
    public static List<String> twistd(Path deploy) {
        return command(deploy, TWISTD.toString(), List.of("--nodaemon", "--pidfile=", "-y", "buildbot.tac"));
    }

    /** Returns the command line that creates Buildbot's tables; run it in the master's folder. */
    public static List<String> upgradeMaster(Path deploy) {
        return command(deploy, "buildbot", List.of("upgrade-master", "--quiet", "."));
    }

    private static Optional<Path> root() {
        return Optional.ofNullable(System.getenv("QUORATE_BUILDBOT_ROOT")).map(Path::of);
    }

    private static List<String> command(Path deploy, String program, List<String> arguments) {
        List<String> words = new ArrayList<>();
        root().ifPresent(root -> words.addAll(List.of(
                deploy.resolve("src/test/buildbot/in-root").toAbsolutePath().toString(), root.toString())));
        words.add(program);
        words.addAll(arguments);
        return words;
    }
}
