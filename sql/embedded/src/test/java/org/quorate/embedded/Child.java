package org.quorate.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** A Java process of its own that runs {@link ChildMain}. */
final class Child {
    private Child() {}

    static Process start(Path folder, String... before) throws IOException {
        return start(folder, System.getProperty("java.class.path"), List.of(before));
    }

    /** @param before words before {@code java}: what changes the account */
    static Process start(Path folder, String classPath, List<String> before) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-Djava.io.tmpdir=" + folder,
                "-cp",
                classPath,
                ChildMain.class.getName(),
                folder.resolve("pid").toString()));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("child.log").toFile())
                .start();
    }

    /** The server that the child started, once it said so. */
    static ProcessHandle postgres(Process child, Path folder) throws IOException {
        Awaitility.await()
                .atMost(Duration.ofMinutes(5))
                .failFast(() -> assertThat(child.isAlive())
                        .as(() -> "the child lives; it said: " + output(folder))
                        .isTrue())
                .until(() -> Files.exists(folder.resolve("pid")));
        return ProcessHandle.of(Long.parseLong(Files.readString(folder.resolve("pid"))))
                .orElseThrow();
    }

    private static String output(Path folder) {
        try {
            return Files.readString(folder.resolve("child.log"));
        } catch (IOException e) {
            return "nothing";
        }
    }
}
