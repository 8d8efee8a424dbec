package org.quorate.agent.supervision;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the file of a command as {@code execvp} would. So a command that cannot be started is distinguished from one
 * that fails.
 */
public final class Executables {
    private Executables() {}

    /** Looks in the directories of {@code path}, which has the form of the environment variable PATH. */
    public static Optional<Path> find(String word, Path directory, String path) {
        Stream<Path> places = word.contains("/")
                ? Stream.of(directory.resolve(word))
                : List.of(path.split(File.pathSeparator, -1)).stream()
                        .map(place -> directory.resolve(place).resolve(word));
        return places.filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .findFirst();
    }

    /** Looks in the PATH of this process. */
    public static Optional<Path> find(String word) {
        return find(word, Path.of("").toAbsolutePath(), System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
    }
}
