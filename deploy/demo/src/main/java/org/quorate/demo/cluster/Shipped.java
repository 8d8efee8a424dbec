package org.quorate.demo.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where that is looked for which ships with Quorate: in the distribution, else in the source tree around the working
 * directory.
 *
 * @param home the folder of the distribution; empty when there is none
 */
public record Shipped(Optional<Path> home, Path workingDirectory) {
    /** The first folder of these names that exists, absolute. */
    Optional<Path> folder(String inDistribution, String inSources) {
        Stream<Path> installed = home.stream().map(folder -> folder.resolve(inDistribution));
        Stream<Path> sources = Stream.iterate(here(), folder -> folder != null, Path::getParent)
                .map(folder -> folder.resolve(inSources));
        return Stream.concat(installed, sources)
                .filter(Files::isDirectory)
                .findFirst()
                .map(folder -> folder.toAbsolutePath().normalize());
    }

    /** Says that it was found at neither place. */
    String missing(String what, String inSources) {
        return what + " is missing: neither in the distribution nor as " + inSources + " above " + here();
    }

    private Path here() {
        return workingDirectory.toAbsolutePath().normalize();
    }
}
