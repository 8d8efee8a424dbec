package org.quorate.cli.hold;

import java.util.List;
import java.util.Optional;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Row;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "hold",
        description = {
            "Let nothing new be claimed of a builder, by a master, or at all.",
            "",
            "Running builds go on. Status, explain and holds show who holds what, why and until when. The hold ends by"
                    + " itself at --until, or with quorate lift. It binds no master without the plugin. A held master"
                    + " hands its schedulers over as a drained one does.",
            "",
            "Examples: quorate hold builder arm --why 'new board' --until 2h; quorate hold everything --why 'disks'"
        })
public final class Hold extends ChangeCommand {
    @Mixin
    private final What what = new What();

    @Mixin
    private final Until until = new Until();

    private Held held = Held.EVERYTHING;

    public Hold(Console console) {
        super(console);
    }

    @Override
    protected List<String> plan(Session session) {
        held = what.held(session);
        return plan(held, Optional.ofNullable(why), until);
    }

    static List<String> plan(Held held, Optional<String> why, Until until) {
        if (why.filter(text -> !text.isBlank()).isEmpty()) {
            throw Failure.usage("a hold needs a reason, since others will ask: --why TEXT");
        }
        return List.of("hold " + held.words() + until.words());
    }

    @Override
    protected List<Row> apply(Session session) {
        return List.of(apply(session, held, String.valueOf(why), until));
    }

    static Row apply(Session session, Held held, String why, Until until) {
        String outcome = session.row(
                        "cli/hold",
                        Parameters.of(
                                "kind", held.kind(),
                                "name", held.name(),
                                "why", why,
                                "until", until.time().orElse(null),
                                "seconds", until.seconds().orElse(null)))
                .text("outcome");
        return outcome(held.words(), outcome, until.words().strip());
    }
}
