package org.quorate.cli.command;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.AliveMasters;
import org.quorate.cli.frame.ReadCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Table;
import org.quorate.master.Member;
import picocli.CommandLine.Command;

@Command(
        name = "masters",
        aliases = "m",
        description = {
            "List the masters, with the state of each and what it holds.",
            "",
            "EPOCH is the number of the period in which the master may write. SINCE is the time since it registered,"
                    + " resumed, left or was fenced. CLAIMS is the number of buildrequests that it holds, CAP the"
                    + " number of its slots. A master that is left was stopped in order; one that is dead was fenced:"
                    + " see quorate failovers."
        })
public final class Masters extends ReadCommand {
    static final Table TABLE = Table.of(
            "MASTER:name",
            "EPOCH:epoch:number",
            "STATE:shown_state",
            "ALIVE:alive",
            "LEADS:leads:wide",
            "CLAIMS:claims:number",
            "CAP:capacity:number",
            "SCHEDULERS:schedulers:number",
            "BUILDERS:builders:number",
            "SINCE:changed_at:age",
            "HOST:host:wide",
            "VERSION:version:wide",
            "INCARNATION:incarnation:wide",
            "BY:changed_by:wide",
            "PLUGIN:plugin:wide",
            "TROUBLE:trouble:wide");

    public Masters(Console console) {
        super(console);
    }

    @Override
    protected int look(Session session, Printer printer) {
        CompletableFuture<AliveMasters> asked = AliveMasters.start(session.target(), clusterOptions.patience());
        List<Row> masters = session.rows("cli/masters", Map.of());
        AliveMasters aliveMasters = asked.join();
        if (!aliveMasters.complaint().isEmpty()) {
            console.note(aliveMasters.complaint() + "; which masters are alive is not known");
        }
        printer.list("MasterList", TABLE, joined(masters, aliveMasters), session.now());
        troubles(masters).forEach(line -> console.note(line));
        return Exit.OK;
    }

    /** Returns a line for each master whose buildmaster does not start, with the reason. */
    static List<String> troubles(List<Row> masters) {
        return masters.stream()
                .filter(row -> row.has("trouble"))
                .map(row -> row.text("name") + ": " + row.text("trouble"))
                .toList();
    }

    /** Returns the masters' rows, each with its data from ZooKeeper, or null where that is not known. */
    static List<Row> joined(List<Row> masters, AliveMasters aliveMasters) {
        return masters.stream().map(row -> joined(row, aliveMasters)).toList();
    }

    private static Row joined(Row row, AliveMasters aliveMasters) {
        @Nullable Member member = aliveMasters
                .members()
                .map(members -> members.get(row.text("name")))
                .orElse(null);
        @Nullable Object alive = aliveMasters.members().isPresent() ? member != null : null;
        boolean left =
                row.text("state").equals("dead") && row.text("changed_by").startsWith("master:");
        return row.with("alive", alive)
                .with("shown_state", left ? "left" : row.text("state"))
                .with("capacity", member == null ? null : member.capacity())
                .with("host", member == null ? null : member.host())
                .with("version", member == null ? null : member.version());
    }
}
