package org.quorate.demo.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The sample project that ships with the demo: one command a builder. */
public record Sample(Path folder) {
    /** In the order of their weight in the demo: cheap ones are requested more often. */
    public static final List<String> BUILDERS = List.of("lint", "test", "checksum", "docs", "archive", "compile");

    private static final String IN_SOURCES = "deploy/demo/src/main/sample";

    /** Looks in the named place, or else in the place where it ships. */
    public static Sample find(Optional<Path> named, Shipped shipped) {
        return named.or(() -> shipped.folder("share/sample", IN_SOURCES))
                .map(Sample::complete)
                .orElseThrow(() -> new DemoFailed(shipped.missing("the sample project", IN_SOURCES)
                        + "; name it with -Dquorate.demo.sample=FOLDER"));
    }

    Path command(String builder) {
        return folder.resolve("commands").resolve(builder);
    }

    private static Sample complete(Path folder) {
        Sample sample = new Sample(folder.toAbsolutePath().normalize());
        for (String builder : BUILDERS) {
            if (!Files.isExecutable(sample.command(builder))) {
                throw new DemoFailed("the sample project is not whole: " + sample.command(builder) + " cannot be run");
            }
        }
        return sample;
    }
}
