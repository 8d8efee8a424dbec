package org.quorate.embedded;

import java.nio.file.Files;
import java.nio.file.Path;

/** A process that starts an embedded PostgreSQL, says its pid, and waits until somebody ends one of the two. */
final class ChildMain {
    private ChildMain() {}

    /** @param arguments a file to write the pid to */
    public static void main(String[] arguments) throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().start()) {
            Queries.text(postgres.dataSource("postgres"), "select 1");
            Path answer = Path.of(arguments[0]);
            Files.writeString(answer.resolveSibling("fresh"), String.valueOf(postgres.pid()));
            Files.move(answer.resolveSibling("fresh"), answer);
            ProcessHandle.of(postgres.pid()).orElseThrow().onExit().get();
        }
    }
}
