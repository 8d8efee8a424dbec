package org.quorate.acceptance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs a packaged program to its end. */
public final class Command {
    /** A command on a machine that is busy with other tests may need more time than an operator would give it. */
    static final List<String> PATIENT = List.of("--timeout", "5m");

    private Command() {}

    /** The exit code and the output of a program. */
    public record Result(int exit, String out, String err) {}

    /** The launcher in the distribution that this build packed. */
    public static String program(String name) {
        return Path.of(System.getProperty("quorate.home", "target/quorate-0.1.0"), "bin", name)
                .toAbsolutePath()
                .toString();
    }

    /** Returns the class path of a distribution, in the order of its file {@code lib/classpath}. */
    public static String programClassPath(Path home) {
        try {
            return Files.readString(home.resolve("lib/classpath"))
                    .strip()
                    .lines()
                    .flatMap(line -> Stream.of(line.split(":")))
                    .map(jar -> home.resolve("lib")
                            .resolve(Path.of(jar).getFileName())
                            .toString())
                    .collect(Collectors.joining(":"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs the command {@code quorate} against the site. */
    static Result quorate(Site site, String... arguments) {
        List<String> words = new ArrayList<>(List.of(program("quorate")));
        words.addAll(List.of(arguments));
        if (!words.contains("--timeout")) {
            words.addAll(PATIENT);
        }
        words.addAll(List.of(
                "--database",
                site.jdbcUrl(),
                "--user",
                site.user(),
                "--password-file",
                site.passwordFile().toString(),
                "--zookeeper",
                site.zooKeeperConnect(),
                "--cluster",
                Site.CLUSTER));
        return run(words);
    }

    /** Puts the distribution's programs before those of the machine. */
    static void putFirstOnPath(Map<String, String> environment) {
        environment.merge("PATH", Path.of(program("quorate")).getParent().toString(), (path, bin) -> bin + ":" + path);
    }

    static Result run(List<String> words) {
        return runAt(Path.of("."), Map.of(), words);
    }

    /**
     * Runs a command in this folder, with these additional environment variables, and with the distribution first on
     * the path.
     */
    public static Result runAt(Path folder, Map<String, String> environment, List<String> words) {
        return runAt(folder, environment, words, 120);
    }

    static Result runAt(Path folder, Map<String, String> environment, List<String> words, int seconds) {
        try {
            Path out = Files.createTempFile("out", ".txt");
            Path err = Files.createTempFile("err", ".txt");
            ProcessBuilder builder = new ProcessBuilder(words)
                    .directory(folder.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().putAll(environment);
            putFirstOnPath(builder.environment());
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("no end within " + seconds + " s: " + words);
            }
            Result result = new Result(
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8));
            Files.delete(out);
            Files.delete(err);
            return result;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
