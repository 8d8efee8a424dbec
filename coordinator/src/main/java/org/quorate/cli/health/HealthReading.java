package org.quorate.cli.health;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.AliveMasters;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Table;
import org.quorate.health.ClusterPicture;
import org.quorate.health.ClusterPicture.MasterPicture;
import org.quorate.health.ClusterPicture.Queue;
import org.quorate.health.ClusterPicture.Resting;
import org.quorate.health.ClusterPicture.State;
import org.quorate.health.ClusterPicture.Store;
import org.quorate.health.Health;
import org.quorate.health.Lack;

/** The cluster's health as far as the database shows it. ZooKeeper's answer completes the picture. */
public record HealthReading(
        Row cluster,
        List<Row> masters,
        List<Row> queues,
        List<Row> schedulers,
        List<Row> setAside,
        List<Row> givenBack,
        List<Row> holds) {
    public HealthReading {
        masters = List.copyOf(masters);
        queues = List.copyOf(queues);
        schedulers = List.copyOf(schedulers);
        setAside = List.copyOf(setAside);
        givenBack = List.copyOf(givenBack);
        holds = List.copyOf(holds);
    }

    /** Reads all of it in one snapshot, so that its parts agree. The session only reads from then on. */
    public static HealthReading of(Session session) {
        return session.snapshot(() -> new HealthReading(
                session.row("cli/cluster", Map.of()),
                session.rows("cli/masters", Map.of()),
                session.rows("cli/health_queues", Map.of()),
                session.rows("cli/health_schedulers", Map.of()),
                session.rows("cli/doctor_set_aside", Map.of()),
                session.rows("cli/given_back", Map.of()),
                session.rows("cli/holds", Map.of())));
    }

    /** Returns what the cluster cannot do now. */
    public List<Lack> lacks(AliveMasters aliveMasters) {
        return Health.lacks(new ClusterPicture(
                Store.UP,
                store(aliveMasters),
                cluster.has("leader"),
                masters.stream().map(row -> master(row, aliveMasters)).toList(),
                queues.stream()
                        .map(row ->
                                new Queue(row.text("builder"), row.number("pending"), Set.copyOf(row.list("masters"))))
                        .toList(),
                schedulers.stream()
                        .map(row -> new Resting(
                                row.text("name"), Optional.of(row.text("owner")).filter(owner -> !owner.isEmpty())))
                        .toList(),
                setAside.stream()
                        .map(row -> row.text("request") + " of " + row.text("builder") + ": " + row.text("reason"))
                        .toList(),
                givenBack.stream()
                        .map(row -> row.text("request") + " of " + row.text("builder") + " by " + row.text("master")
                                + ", " + row.text("times") + " times in the last minute: " + row.text("why"))
                        .toList(),
                holds.stream()
                        .filter(row -> row.text("kind").equals("everything"))
                        .map(HealthReading::said)
                        .findFirst()));
    }

    /** Returns what the cluster cannot do while its database does not answer. */
    public static List<Lack> lacksWithoutDatabase(AliveMasters aliveMasters) {
        return Health.lacks(new ClusterPicture(
                Store.DOWN,
                store(aliveMasters),
                false,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                Optional.empty()));
    }

    /** Returns a line for each hold of a builder or a master. */
    public List<String> heldParts() {
        return holds.stream()
                .filter(row -> row.has("name"))
                .map(row -> row.text("kind") + " " + row.text("name") + " is held " + said(row))
                .toList();
    }

    private static String said(Row hold) {
        Instant until = hold.time("until");
        return "by " + hold.text("actor") + (until == null ? "" : " until " + Table.stamp(until)) + ": "
                + hold.text("why");
    }

    private boolean isHeld(Row master) {
        return !master.text("plugin").equals("false")
                && holds.stream()
                        .anyMatch(hold -> hold.text("kind").equals("master")
                                && hold.text("name").equals(master.text("name")));
    }

    private static Store store(AliveMasters aliveMasters) {
        return !aliveMasters.asked() ? Store.NOT_ASKED : aliveMasters.members().isPresent() ? Store.UP : Store.DOWN;
    }

    private MasterPicture master(Row row, AliveMasters aliveMasters) {
        State said = State.valueOf(row.text("state").toUpperCase(Locale.ROOT));
        State state = said == State.ACTIVE && isHeld(row) ? State.DRAINING : said;
        return new MasterPicture(
                row.text("name"),
                state,
                state == State.STOCK
                        ? Optional.empty()
                        : aliveMasters.members().map(members -> members.containsKey(row.text("name"))),
                row.number("builders"),
                row.number("claims"),
                row.text("trouble"));
    }
}
