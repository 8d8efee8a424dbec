package org.quorate.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One of the systemd units, and those of its restrictions that a test can apply without systemd: its view of
 * {@code /proc}, the capabilities, and no new privileges. They are read from the unit's file, so a change there takes
 * effect here.
 */
final class Unit {
    /**
     * A process of this group sees all processes, even hidden ones. By default it is root's group; here it is one to
     * which nobody belongs.
     */
    private static final int GROUP_THAT_SEES_ALL = 65_534;

    private static final Map<String, String> HIDEPID = Map.of(
            "invisible", "hidepid=invisible", "noaccess", "hidepid=noaccess", "ptraceable", "hidepid=ptraceable");

    private final Map<String, String> properties;

    private Unit(Map<String, String> properties) {
        this.properties = properties;
    }

    static Unit read(String name) throws IOException {
        Map<String, String> properties = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Path.of("src/main/systemd", name))) {
            int equals = line.indexOf('=');
            if (equals > 0 && !line.startsWith("#")) {
                properties.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        return new Unit(properties);
    }

    /**
     * Returns the last value of this property in the unit, or the given default of systemd if the unit does not set it.
     */
    String property(String name, String standard) {
        return properties.getOrDefault(name, standard);
    }

    /** Returns the reason why these restrictions cannot be applied on this machine; empty if they can. */
    Optional<String> objection(Path folder) throws IOException {
        Command.Result trial = Command.run(List.of(launcher(folder.resolve("trial"), "true")));
        return trial.exit() == 0
                ? Optional.empty()
                : Optional.of("/proc cannot be mounted as the unit has it: "
                        + trial.err().strip());
    }

    /** Writes a script that starts the program under the restrictions. The process keeps its id. */
    String launcher(Path script, String program) throws IOException {
        Files.writeString(
                script,
                String.join(
                        "\n",
                        "#!/bin/sh",
                        "exec unshare --mount --propagation private sh -c '",
                        "    set -e",
                        "    mount -t proc -o " + procOptions() + " proc /proc",
                        "    exec " + setpriv() + " \"$@\"' sh \"" + program + "\" \"$@\"",
                        ""));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script.toString();
    }

    private String procOptions() {
        List<String> options = new ArrayList<>(List.of("nosuid", "nodev", "noexec", "gid=" + GROUP_THAT_SEES_ALL));
        Optional.ofNullable(HIDEPID.get(property("ProtectProc", "default"))).ifPresent(options::add);
        if (property("ProcSubset", "all").equals("pid")) {
            options.add("subset=pid");
        }
        return String.join(",", options);
    }

    private String setpriv() {
        List<String> words = new ArrayList<>(List.of("setpriv"));
        if (property("CapabilityBoundingSet", "all").isEmpty()) {
            words.addAll(List.of("--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all"));
        }
        if (property("NoNewPrivileges", "no").equals("yes")) {
            words.add("--no-new-privs");
        }
        return String.join(" ", words);
    }
}
