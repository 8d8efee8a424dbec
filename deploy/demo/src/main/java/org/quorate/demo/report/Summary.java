package org.quorate.demo.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.quorate.demo.cluster.Ledger.Row;
import org.quorate.demo.cluster.Stock;
import org.quorate.demo.cluster.Witness;
import org.quorate.demo.cluster.Zombie.Attempts;
import org.quorate.demo.faults.Failover;

/**
 * The end of a run, in numbers that all come from the database, its history and the builds themselves.
 *
 * @param counts the row of {@code demo/counts}
 * @param buildmaster which kind of buildmaster the masters are
 * @param refusedInAgents refused writes that the agents themselves counted in their metrics
 * @param share completed buildrequests by master
 * @param stock what stock masters did, where that was asked for
 */
public record Summary(
        Row counts,
        String buildmaster,
        Witness witness,
        Attempts attempts,
        int refusedInAgents,
        List<Failover> failovers,
        Map<String, Integer> share,
        Optional<Stock.Outcome> stock,
        Verification verification,
        double seconds,
        long seed,
        Path directory) {
    public Summary {
        failovers = List.copyOf(failovers);
        share = Collections.unmodifiableMap(new LinkedHashMap<>(share));
    }

    public Summary with(Stock.Outcome outcome) {
        return new Summary(
                counts,
                buildmaster,
                witness,
                attempts,
                refusedInAgents,
                failovers,
                share,
                Optional.of(outcome),
                verification,
                seconds,
                seed,
                directory);
    }

    /** Returns whether nothing was lost or doubled, every invariant holds, and every late write was refused. */
    public boolean isWhole() {
        return counts.number("submitted") == counts.number("completed")
                && counts.number("lost") == 0
                && counts.number("double_claims") == 0
                && counts.number("double_completions") == 0
                && counts.number("ticks_doubled") == 0
                && witness.unexplained() == 0
                && attempts.accepted().isEmpty()
                && verification.isWhole();
    }

    /** Returns the writes of epochs that had ended, which the database refused. */
    int fencedWrites() {
        return attempts.refused().size() + refusedInAgents;
    }

    private int schedulersMoved() {
        return failovers.stream().mapToInt(Failover::moved).sum();
    }

    public String json() {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        all.put("buildmaster", buildmaster);
        all.put("masters", counts.number("masters"));
        for (String count :
                List.of("submitted", "completed", "double_claims", "double_completions", "lost", "reclaimed")) {
            all.put(count, counts.number(count));
        }
        all.put("fenced_writes", fencedWrites());
        all.putObject("fenced_writes_by").put("demo", attempts.refused().size()).put("agents", refusedInAgents);
        all.put("schedulers_moved", schedulersMoved());
        all.put("ticks", counts.number("ticks"));
        all.put("ticks_doubled", counts.number("ticks_doubled"));
        all.put("builds_started", witness.started());
        all.put("completions_without_build", witness.unexplained());
        ObjectNode shares = all.putObject("share");
        share.forEach(shares::put);
        ArrayNode seconds = all.putArray("failover_seconds");
        failovers.forEach(failover -> failover.first().ifPresent(first -> seconds.add(rounded(first))));
        ArrayNode release = all.putArray("release_seconds");
        failovers.forEach(failover -> failover.free().ifPresent(free -> release.add(rounded(free))));
        ObjectNode verify = all.putObject("verify");
        verification.broken().forEach((invariant, what) -> verify.put(invariant, what.isEmpty()));
        stock.ifPresent(outcome -> all.putObject("stock")
                .put("submitted", outcome.submitted())
                .put("held_by_killed", outcome.held())
                .put("reclaimed", outcome.held() - outcome.stuck())
                .put("still_held_by_killed", outcome.stuck())
                .put("schedulers_still_of_killed", outcome.schedulers())
                .put("incomplete", outcome.incomplete())
                .put("watched_seconds", outcome.watched().toSeconds()));
        all.put("seconds", rounded(this.seconds));
        all.put("seed", seed);
        all.put("directory", directory.toString());
        try {
            return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(all);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double rounded(double seconds) {
        return Math.round(seconds * 1000) / 1000.0;
    }

    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("");
        failovers.forEach(failover -> lines.add(failover.sentence()));
        stock.ifPresent(outcome -> lines.add(outcome.sentence()));
        lines.add(String.format(
                Locale.ROOT,
                "refused by the fence: %d writes of the woken master (%s), %d that the agents counted",
                attempts.refused().size(),
                attempts.refused().isEmpty() ? "none" : String.join(", ", attempts.refused()),
                refusedInAgents));
        attempts.accepted().forEach(what -> lines.add("ACCEPTED, though its epoch had ended: " + what));
        lines.add(String.format(
                Locale.ROOT,
                "%d buildrequests submitted, %d of them by %d ticks; %d completed, %d claimed again, %d lost",
                counts.number("submitted"),
                counts.number("ticked"),
                counts.number("ticks"),
                counts.number("completed"),
                counts.number("reclaimed"),
                counts.number("lost")));
        lines.add(String.format(
                Locale.ROOT,
                "doubled: %d claims, %d completions, %d ticks; %d builds started, %d completions without a build",
                counts.number("double_claims"),
                counts.number("double_completions"),
                counts.number("ticks_doubled"),
                witness.started(),
                witness.unexplained()));
        lines.add("");
        lines.add("MASTER  COMPLETED  SHARE");
        int all =
                Math.max(1, share.values().stream().mapToInt(Integer::intValue).sum());
        share.forEach((master, completed) ->
                lines.add(String.format(Locale.ROOT, "%-7s %9d %5.0f %%", master, completed, 100.0 * completed / all)));
        lines.add("");
        lines.addAll(verification.table());
        lines.add("");
        lines.add(String.format(Locale.ROOT, "%.1f s, seed %d; logs are in %s", seconds, seed, directory));
        return lines;
    }
}
