package org.quorate.demo.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds files that ship with Quorate: in the distribution, or else in the source tree around the working directory.
 *
 * @param home the folder of the distribution; empty if there is none
 */
public record Shipped(Optional<Path> home, Path workingDirectory) {
    /** Returns the first of these folders that exists, as an absolute path. */
    Optional<Path> folder(String inDistribution, String inSources) {
        Stream<Path> installed = home.stream().map(folder -> folder.resolve(inDistribution));
        Stream<Path> sources = Stream.iterate(here(), folder -> folder != null, Path::getParent)
                .map(folder -> folder.resolve(inSources));
        return Stream.concat(installed, sources)
                .filter(Files::isDirectory)
                .findFirst()
                .map(folder -> folder.toAbsolutePath().normalize());
    }

    /** Returns the message that it was found at neither place. */
    String missing(String what, String inSources) {
        return what + " is missing: neither in the distribution nor as " + inSources + " above " + here();
    }

    private Path here() {
        return workingDirectory.toAbsolutePath().normalize();
    }
}
