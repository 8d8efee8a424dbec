package org.quorate.cli.command;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.Limits;
import org.quorate.cli.frame.Names;
import org.quorate.cli.frame.ReadCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "requests",
        aliases = "r",
        description = {
            "List the buildrequests: the open ones in the order of the queue, then the newest completed ones.",
            "",
            "A request is pending, claimed (a master holds it) or complete."
        })
public final class Requests extends ReadCommand {
    private static final Table TABLE = Table.of(
            "ID:id:number",
            "BUILDER:builder",
            "STATE:state",
            "RESULT:results",
            "OWNER:owner",
            "EPOCH:epoch:number:wide",
            "PRIO:priority:number",
            "AGE:submitted_at:age",
            "CLAIMED:claimed_at:age",
            "COMPLETE:complete_at:age",
            "SCHEDULER:scheduler:wide",
            "BUILDSET:buildsetid:number:wide",
            "ATTEMPT:attempt:wide",
            "REASON:reason");

    /** The values of {@code --state}. */
    enum State {
        pending,
        claimed,
        complete
    }

    @Option(names = "--state", paramLabel = "STATE", description = "Only pending, claimed or complete ones.")
    private @Nullable State state;

    @Option(names = "--builder", paramLabel = "NAME", description = "Only those of this builder.")
    private @Nullable String builder;

    @Option(
            names = "--owner",
            paramLabel = "MASTER",
            description = "Only those that this master holds or has completed.")
    private @Nullable String owner;

    @Option(names = "--limit", paramLabel = "N", description = "Show at most N (50).")
    private int limit = 50;

    public Requests(Console console) {
        super(console);
    }

    @Override
    protected int look(Session session, Printer printer) {
        Limits.require("--limit", limit, 1, 100_000);
        if (builder != null || owner != null) {
            Names names = Names.of(session);
            if (builder != null) {
                names.require("builder", builder);
            }
            if (owner != null) {
                names.require("master", owner);
            }
        }
        List<Row> rows = session.rows(
                "cli/requests",
                Parameters.of(
                        "state",
                        state == null ? null : state.name(),
                        "builder",
                        builder,
                        "owner",
                        owner,
                        "limit",
                        limit));
        printer.list("RequestList", TABLE, rows, session.now());
        if (rows.size() == limit) {
            console.note("only the first " + limit + " are shown: to see more give --limit");
        }
        return Exit.OK;
    }
}
