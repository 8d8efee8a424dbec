package org.quorate.demo.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.quorate.demo.cluster.Buildmasters.Launch;

/**
 * The files of one master: the configuration of its agent, and the files that agent and buildmaster write. The
 * configuration is written as JSON, which is also YAML.
 *
 * @param folder everything of this master is below it
 */
record MasterFiles(String name, Path folder) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static MasterFiles in(Path directory, String name) {
        return new MasterFiles(name, directory.resolve(name));
    }

    Path agent() {
        return folder.resolve("agent.yaml");
    }

    Path agentLog() {
        return folder.resolve("agent.log");
    }

    Path buildmasterLog() {
        return folder.resolve("buildmaster.log");
    }

    Path state() {
        return folder.resolve("state");
    }

    void write(Stores stores, Launch buildmaster, int httpPort) {
        try {
            Files.createDirectories(state());
            Files.writeString(agent(), yaml(agentConfiguration(stores, buildmaster, httpPort)));
        } catch (IOException e) {
            throw new UncheckedIOException("the files of " + name + " cannot be written to " + folder, e);
        }
    }

    private Map<String, Object> agentConfiguration(Stores stores, Launch launch, int httpPort) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("cluster", stores.cluster());
        all.put("master", name);
        all.put("state_directory", state().toString());
        all.put(
                "zookeeper",
                Map.of("connect", stores.zookeeper(), "session_timeout", Pace.SESSION_TIMEOUT.toSeconds() + "s"));
        Map<String, Object> database = new LinkedHashMap<>();
        database.put("url", stores.url());
        database.put("user", stores.user());
        database.put("password_file", stores.passwordFile().toString());
        database.put("statement_timeout", "2s");
        database.put("socket_timeout", "3s");
        all.put("database", database);
        all.put(
                "timing",
                Map.of(
                        "grace",
                        Pace.GRACE.toMillis() + "ms",
                        "kill_time",
                        Pace.KILL_TIME.toMillis() + "ms",
                        "poll",
                        "2s"));
        all.put("ownership", Map.of("delay", "500ms", "settle", "2s", "moves_per_minute", 60));
        Map<String, Object> buildmaster = new LinkedHashMap<>();
        buildmaster.put("command", launch.command());
        buildmaster.put("directory", launch.directory().toString());
        buildmaster.put("restart_delay", "500ms");
        buildmaster.put("stop_deadline", "5s");
        buildmaster.put("log", buildmasterLog().toString());
        all.put("buildmaster", buildmaster);
        all.put("http", Map.of("listen", "127.0.0.1:" + httpPort));
        return all;
    }

    private static String yaml(Map<String, Object> content) throws JsonProcessingException {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(content) + "\n";
    }
}
