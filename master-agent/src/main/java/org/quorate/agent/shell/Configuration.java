package org.quorate.agent.shell;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.quorate.config.Values;

/**
 * The configuration of a shell buildmaster.
 *
 * @param name the name that it sends to the agent
 * @param slots builds at the same time, over all builders
 * @param directory holds logs, work directories and the effect log
 * @param stopDeadline how long running builds may take after SIGTERM
 * @param journal the file that records the agent's answers to reports, for fault tests
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

    /** Makes the configuration from a file that was checked against {@link ShellKeys}. */
    static Configuration of(Values values) {
        Map<String, ShellBuilder> builders = new LinkedHashMap<>();
        values.get(ShellKeys.BUILDERS)
                .forEach((name, builder) ->
                        builders.put(name, ShellBuilder.of(name, builder, values.get(ShellKeys.SLOTS))));
        Map<String, Scheduler> schedulers = new LinkedHashMap<>();
        values.get(ShellKeys.SCHEDULERS)
                .forEach((name, scheduler) -> schedulers.put(name, Scheduler.of(name, scheduler)));
        return new Configuration(
                values.get(ShellKeys.NAME),
                values.get(ShellKeys.SLOTS),
                values.get(ShellKeys.DIRECTORY),
                values.get(ShellKeys.STOP_DEADLINE),
                values.find(ShellKeys.JOURNAL),
                builders,
                schedulers);
    }

    /** A scheduler, which fires either by its timetable or after another scheduler. */
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

        static Scheduler of(String name, Values values) {
            ObjectNode properties = JsonNodeFactory.instance.objectNode();
            values.get(ShellKeys.PROPERTIES).forEach(properties::put);
            return new Scheduler(
                    name,
                    values.get(ShellKeys.KIND).word(),
                    values.find(ShellKeys.EVERY)
                            .<Timetable>map(Timetable.Every::new)
                            .or(() -> values.find(ShellKeys.AT)),
                    values.find(ShellKeys.UPSTREAM),
                    values.get(ShellKeys.SCHEDULED),
                    values.get(ShellKeys.PRIORITY),
                    properties.toString());
        }
    }
}
