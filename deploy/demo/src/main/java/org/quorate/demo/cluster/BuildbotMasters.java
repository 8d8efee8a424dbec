package org.quorate.demo.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quorate.demo.cluster.Ledger.Row;
import org.quorate.sql.Schema;

/** Real Buildbot masters with local workers, with the plugin or as stock, on tables that Buildbot created. */
public final class BuildbotMasters implements Buildmasters {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Installation buildbot;
    private final Sample sample;
    private final boolean hasPlugin;

    public BuildbotMasters(Installation buildbot, Sample sample) {
        this(buildbot, sample, true);
    }

    private BuildbotMasters(Installation buildbot, Sample sample, boolean hasPlugin) {
        this.buildbot = buildbot;
        this.sample = sample;
        this.hasPlugin = hasPlugin;
    }

    /** Returns the same masters without the plugin. */
    BuildbotMasters stock() {
        return new BuildbotMasters(buildbot, sample, false);
    }

    @Override
    public String title() {
        return "buildbot " + buildbot.version();
    }

    /** Does what an administrator does: {@code buildbot upgrade-master}, then {@code quorate schema adopt}. */
    @Override
    public void makeSchema(Schema schema, Stores stores, Path directory) {
        makeTables(stores, directory);
        schema.adopt(stores.cluster(), true);
    }

    void makeTables(Stores stores, Path directory) {
        MasterFiles files = MasterFiles.in(directory, "upgrade");
        Path base = prepare(files, stores).directory();
        File log = base.resolve("upgrade.log").toFile();
        ProcessBuilder upgrade = new ProcessBuilder("/usr/bin/buildbot", "upgrade-master", "--quiet", ".")
                .directory(base.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log);
        upgrade.environment().putAll(environment());
        upgrade.environment().putAll(stores.mark());
        try {
            int exit = upgrade.start().waitFor();
            if (exit != 0) {
                throw new DemoFailed("buildbot upgrade-master ended with " + exit + ": see " + log);
            }
        } catch (IOException e) {
            throw new DemoFailed("buildbot upgrade-master cannot be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DemoFailed("interrupted", e);
        }
        Leftovers.delete(files.folder());
    }

    @Override
    public Launch prepare(MasterFiles files, Stores stores) {
        Path base = files.folder().resolve("buildbot");
        try {
            Files.createDirectories(base);
            for (String file : List.of("buildbot.tac", "master.cfg")) {
                Files.copy(buildbot.configuration().resolve(file), base.resolve(file));
            }
            Files.writeString(
                    base.resolve("demo.json"),
                    JSON.writerWithDefaultPrettyPrinter().writeValueAsString(content(files, stores)) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("Buildbot's files cannot be written to " + base, e);
        }
        return new Launch(List.of("/usr/bin/twistd3", "--nodaemon", "--pidfile=", "-y", "buildbot.tac"), base);
    }

    private Map<String, Object> content(MasterFiles files, Stores stores) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("master", files.name());
        all.put("database", stores.url().replaceFirst("^jdbc:postgresql://", "postgresql://" + stores.user() + "@"));
        all.put("password_file", stores.passwordFile().toString());
        all.put("sample", sample.folder().toString());
        all.put("builders", Sample.BUILDERS);
        all.put("slots", Wish.SLOTS);
        all.put("quorate", hasPlugin);
        return all;
    }

    @Override
    public Map<String, String> environment() {
        return Map.of("PYTHONPATH", buildbot.plugin().toString(), "PYTHONDONTWRITEBYTECODE", "1");
    }

    /**
     * A master learns of a disabled scheduler by an event. The silence is longer than the shortest period, so that a
     * master that has not learned of it shows.
     */
    @Override
    public Duration silence() {
        return Duration.ofSeconds(3);
    }

    @Override
    public Witness witness(List<MasterFiles> masters, Ledger ledger) {
        Row row = ledger.row("demo/witnessed", Map.of());
        return new Witness(row.number("started"), row.number("unexplained"));
    }
}
