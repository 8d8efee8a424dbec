package org.quorate.demo.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The real Buildbot of this machine, and the parts of Quorate for it.
 *
 * @param version without the revision of a Debian package
 * @param plugin the folder to put on PYTHONPATH
 * @param configuration the folder of the demo's {@code master.cfg}
 */
public record Installation(String version, Path plugin, Path configuration) {
    /** The interpreter of Debian's packages, whatever else is on the path. */
    static final String PYTHON = "/usr/bin/python3";

    private static final String QUESTION = "import buildbot, buildbot_worker, psycopg2; print(buildbot.version)";
    /** Debian's package calls itself 3.7.0-2. */
    private static final Pattern VERSION = Pattern.compile("((\\d+)\\.(\\d+)[\\w.+]*)(?:-.*)?");

    private static final String ADVICE =
            "install it: sudo apt-get install -y buildbot buildbot-worker python3-psycopg2";

    /** A Python of this machine. */
    public interface Python {
        /** Returns the output of the program; empty if it fails or there is no such interpreter. */
        Optional<String> run(String program);

        static Optional<String> ofDebian(String program) {
            try {
                Process process = new ProcessBuilder(List.of(PYTHON, "-c", program))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                return process.waitFor() == 0 ? Optional.of(out.strip()) : Optional.empty();
            } catch (IOException e) {
                return Optional.empty();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.empty();
            }
        }
    }

    public static Installation find(Python python, Shipped shipped) {
        String answer = python.run(QUESTION)
                .orElseThrow(() -> new DemoFailed(PYTHON + " has no Buildbot with its worker and psycopg2; " + ADVICE));
        Matcher version = VERSION.matcher(answer);
        if (!version.matches() || !isSupported(version)) {
            throw new DemoFailed("Buildbot 3.7 or later is needed, " + PYTHON + " has " + answer + "; " + ADVICE);
        }
        return new Installation(
                version.group(1),
                folder(shipped, "the plugin", "share/buildbot-plugin", "deploy/buildbot-plugin"),
                folder(shipped, "master.cfg of the demo", "share/demo/buildbot", "deploy/demo/src/main/buildbot"));
    }

    private static boolean isSupported(Matcher version) {
        int major = Integer.parseInt(version.group(2));
        return major > 3 || (major == 3 && Integer.parseInt(version.group(3)) >= 7);
    }

    private static Path folder(Shipped shipped, String what, String inDistribution, String inSources) {
        return shipped.folder(inDistribution, inSources)
                .orElseThrow(() -> new DemoFailed(shipped.missing(what, inSources)));
    }
}
