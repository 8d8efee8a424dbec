package org.quorate.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.quorate.acceptance.BuildbotPrograms;
import org.quorate.acceptance.Command;

/**
 * The files and the environment of a real Buildbot master of the campaign: Debian's package, with the plugin of this
 * tree.
 *
 * @param deploy the folder of this module
 * @param databaseUrl in Buildbot's notation, with user and password
 */
record Buildbot(
        Path deploy, String name, Path directory, String databaseUrl, Path effects, Map<String, String> seconds) {
    /** Returns the URL of the same database in Buildbot's notation. */
    static String url(String jdbcUrl, String user, String password) {
        return jdbcUrl.replaceFirst("jdbc:postgresql://", "postgresql://" + user + ":" + password + "@");
    }

    void prepare() throws IOException {
        Files.createDirectories(directory);
        Path sources = deploy.resolve("src/test/buildbot");
        Files.copy(sources.resolve("buildbot.tac"), directory.resolve("buildbot.tac"));
        Files.copy(sources.resolve("campaign.cfg"), directory.resolve("master.cfg"));
    }

    /** Creates Buildbot's tables in an empty database, as an administrator does. */
    void makeTables() throws IOException {
        prepare();
        Command.Result result = Command.runAt(directory, environment(), BuildbotPrograms.upgradeMaster(deploy));
        if (result.exit() != 0) {
            throw new IllegalStateException("buildbot upgrade-master: " + result.out() + result.err());
        }
    }

    private Map<String, String> environment() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("TEST_NAME", name);
        all.put("TEST_DB", databaseUrl);
        all.put("TEST_EFFECTS", effects.toString());
        all.put(
                "TEST_SECONDS",
                seconds.entrySet().stream()
                        .map(each -> each.getKey() + "=" + each.getValue())
                        .collect(Collectors.joining(",")));
        all.put("PYTHONPATH", deploy.resolve("buildbot-plugin").toString());
        return all;
    }

    /** Returns the keys of this master's agent, below {@code buildmaster}. */
    List<String> yaml() {
        return List.of(
                "  command: [\"" + String.join("\", \"", BuildbotPrograms.twistd(deploy)) + "\"]",
                "  directory: " + directory,
                "  environment: {"
                        + environment().entrySet().stream()
                                .map(each -> each.getKey() + ": \"" + each.getValue() + "\"")
                                .collect(Collectors.joining(", "))
                        + "}");
    }
}
