package org.quorate.agent.shell;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a shell buildmaster runs.
 *
 * @param name what it calls itself to the agent
 * @param slots builds at the same time, over all builders
 * @param directory where logs, work directories and the effect log are
 * @param stopDeadline how long running builds may take after SIGTERM
 * @param journal where the agent's answers to reports are kept, for fault tests
 */
record Configuration(
        String name,
        int slots,
        Path directory,
        Duration stopDeadline,
        Optional<Path> journal,
        Map<String, ShellBuilder> builders,
        Map<String, Scheduler> schedulers) {
    Configuration {
        builders = Map.copyOf(builders);
        schedulers = Map.copyOf(schedulers);
    }

    /** A scheduler: either by its timetable, or after another scheduler. */
    record Scheduler(
            String name,
            String kind,
            Optional<Timetable> timetable,
            Optional<String> upstream,
            List<String> builders,
            int priority,
            String properties) {
        Scheduler {
            builders = List.copyOf(builders);
        }
    }
}
