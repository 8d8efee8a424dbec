package org.quorate.demo.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quorate.sql.Schema;

/** Masters whose buildmaster is the built-in shell buildmaster, on Quorate's own subset of the tables. */
public final class ShellMasters implements Buildmasters {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Programs programs;
    private final Sample sample;

    public ShellMasters(Programs programs, Sample sample) {
        this.programs = programs;
        this.sample = sample;
    }

    @Override
    public String title() {
        return "shell";
    }

    @Override
    public void makeSchema(Schema schema, Stores stores, Path directory) {
        schema.create(stores.cluster(), true);
    }

    @Override
    public Launch prepare(MasterFiles files, Stores stores) {
        try {
            Files.createDirectories(builds(files));
            Files.writeString(
                    configuration(files),
                    JSON.writerWithDefaultPrettyPrinter().writeValueAsString(content(files)) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("the shell buildmaster's files cannot be written to " + files.folder(), e);
        }
        return new Launch(programs.shellBuildmaster(configuration(files)), files.folder());
    }

    @Override
    public Map<String, String> environment() {
        return Map.of("QUORATE_SAMPLE", sample.folder().toString());
    }

    /** Zero: the database refuses the tick of a disabled scheduler. */
    @Override
    public Duration silence() {
        return Duration.ZERO;
    }

    @Override
    public Witness witness(List<MasterFiles> masters, Ledger ledger) {
        Effects effects = Effects.read(masters.stream()
                .map(files -> builds(files).resolve("effects.jsonl"))
                .toList());
        long unexplained = ledger.rows("demo/completions").stream()
                .filter(row -> !effects.explain(row.number("brid"), row.text("attempt"), row.number("results")))
                .count();
        return new Witness(effects.started(), (int) unexplained);
    }

    private static Path configuration(MasterFiles files) {
        return files.folder().resolve("buildmaster.yaml");
    }

    private static Path builds(MasterFiles files) {
        return files.folder().resolve("builds");
    }

    private Map<String, Object> content(MasterFiles files) {
        Map<String, Object> builders = new LinkedHashMap<>();
        for (String builder : Sample.BUILDERS) {
            builders.put(
                    builder,
                    Map.of(
                            "command", List.of(sample.command(builder).toString()),
                            "environment", Map.of(),
                            "timeout", "60s"));
        }
        Map<String, Object> schedulers = new LinkedHashMap<>();
        schedulers.put("every-2s", Map.of("kind", "periodic", "every", "2s", "builders", List.of("lint")));
        schedulers.put(
                "after-every-2s", Map.of("kind", "dependent", "upstream", "every-2s", "builders", List.of("checksum")));
        schedulers.put("every-5s", Map.of("kind", "periodic", "every", "5s", "builders", List.of("test")));
        schedulers.put("nightly", Map.of("kind", "nightly", "at", "* * * * *", "builders", List.of("docs", "archive")));
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("name", files.name());
        all.put("slots", Wish.SLOTS);
        all.put("directory", builds(files).toString());
        all.put("stop_deadline", "5s");
        all.put("builders", builders);
        all.put("schedulers", schedulers);
        return all;
    }
}
