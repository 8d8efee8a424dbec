package org.quorate.cli;

import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.quorate.cli.command.Builders;
import org.quorate.cli.command.Cancel;
import org.quorate.cli.command.Contract;
import org.quorate.cli.command.Drain;
import org.quorate.cli.command.Enable;
import org.quorate.cli.command.Explain;
import org.quorate.cli.command.Failovers;
import org.quorate.cli.command.History;
import org.quorate.cli.command.Masters;
import org.quorate.cli.command.Move;
import org.quorate.cli.command.Reprioritize;
import org.quorate.cli.command.Request;
import org.quorate.cli.command.RequestShow;
import org.quorate.cli.command.Requests;
import org.quorate.cli.command.Restart;
import org.quorate.cli.command.Schedulers;
import org.quorate.cli.command.Status;
import org.quorate.cli.command.Submit;
import org.quorate.cli.command.Undrain;
import org.quorate.cli.command.Workers;
import org.quorate.cli.doctor.Doctor;
import org.quorate.cli.frame.ClusterOptions;
import org.quorate.cli.hold.Hold;
import org.quorate.cli.hold.Holds;
import org.quorate.cli.hold.Lift;
import org.quorate.cli.hold.Pause;
import org.quorate.cli.hold.Resume;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Text;
import org.quorate.cli.rescue.Rescue;
import org.quorate.cli.schema.SchemaAdopt;
import org.quorate.cli.schema.SchemaCommand;
import org.quorate.cli.schema.SchemaCreate;
import org.quorate.cli.schema.SchemaLeave;
import org.quorate.cli.schema.SchemaNewIdentity;
import org.quorate.cli.schema.SchemaPair;
import org.quorate.cli.schema.SchemaStatus;
import org.quorate.cli.verify.Verify;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program {@code quorate}: lists its commands, and turns their failures into one line and an exit code. */
public final class Main {
    private Main() {}

    /** Ends the process with one of the exit codes that {@code --help} lists. */
    public static void main(String[] arguments) {
        Console console = Console.ofProcess();
        CommandLine line = line(console).setExecutionStrategy(Main::quietly);
        System.exit(run(console, line, arguments));
    }

    /**
     * Turns the logs of libraries off, which would disturb the output; a command of an extension may want its own logs.
     */
    private static int quietly(ParseResult parsed) {
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        Optional<ClusterOptions> clusterOptions =
                ClusterOptions.of(innermost(parsed).commandSpec());
        if (clusterOptions.filter(options -> !options.isVerbose()).isPresent()) {
            System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    static int run(Console console, String... arguments) {
        return run(console, line(console), arguments);
    }

    private static int run(Console console, CommandLine line, String... arguments) {
        int exit = line.execute(arguments);
        console.out().flush();
        console.err().flush();
        return exit;
    }

    static CommandLine line(Console console) {
        CommandLine line = new CommandLine(new Quorate(console));
        commands(console).forEach(line::addSubcommand);
        line.addSubcommand(new CommandLine(new Request()).addSubcommand(new RequestShow(console)));
        line.addSubcommand(new CommandLine(new SchemaCommand())
                .addSubcommand(new SchemaAdopt(console))
                .addSubcommand(new SchemaCreate(console))
                .addSubcommand(new SchemaLeave(console))
                .addSubcommand(new SchemaNewIdentity(console))
                .addSubcommand(new SchemaPair(console))
                .addSubcommand(new SchemaStatus(console)));
        ServiceLoader.load(Extension.class).forEach(extension -> line.addSubcommand(extension.command()));
        furnish(line.getCommandSpec());
        return line.setOut(console.out())
                .setErr(console.err())
                .setExpandAtFiles(false)
                .setAbbreviatedOptionsAllowed(false)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler((e, given) -> misused(console, e))
                .setExecutionExceptionHandler(failed(console));
    }

    private static List<Object> commands(Console console) {
        return List.of(
                new Status(console),
                new Masters(console),
                new Schedulers(console),
                new Builders(console),
                new Workers(console),
                new Requests(console),
                new Explain(console),
                new Submit(console),
                new Cancel(console),
                new Reprioritize(console),
                new Drain(console),
                new Undrain(console),
                new Restart(console),
                new Hold(console),
                new Holds(console),
                new Lift(console),
                new Pause(console),
                new Resume(console),
                new Move(console),
                new Enable.On(console),
                new Enable.Off(console),
                new History(console),
                new Failovers(console),
                new Verify(console),
                new Doctor(console),
                new Rescue(console),
                new Contract(console),
                new Completion(console));
    }

    /** Adds help, version and exit codes to a command and its subcommands, where they have none of their own. */
    private static void furnish(CommandSpec spec) {
        if (!spec.mixinStandardHelpOptions()) {
            spec.mixinStandardHelpOptions(true);
        }
        spec.version("quorate " + version());
        spec.usageMessage().sortOptions(false);
        if (spec.usageMessage().exitCodeList().isEmpty()) {
            spec.usageMessage().exitCodeListHeading("%nExit codes:%n").exitCodeList(Exit.list());
        }
        spec.subcommands().values().stream().distinct().forEach(line -> furnish(line.getCommandSpec()));
    }

    private static String version() {
        String packaged = Main.class.getPackage().getImplementationVersion();
        return packaged == null ? "development" : packaged;
    }

    /** In code points. A script may pass arguments of any length, and a message quotes them. */
    private static final int LONGEST_COMPLAINT = 3_000;

    private static int misused(Console console, ParameterException e) {
        CommandSpec spec = e.getCommandLine().getCommandSpec();
        List<String> meant = e instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
        String guess = meant.isEmpty()
                ? ""
                : "; did you mean " + String.join(" or ", meant.subList(0, Math.min(3, meant.size()))) + "?";
        String message = String.valueOf(e.getMessage()).strip();
        console.note(Text.shortened(message, 300) + guess + "; see " + spec.qualifiedName() + " --help");
        return Exit.USAGE;
    }

    private static IExecutionExceptionHandler failed(Console console) {
        return (e, line, parsed) -> {
            console.out().flush();
            if (isVerbose(parsed)) {
                e.printStackTrace(console.err());
            }
            if (e instanceof Failure failure) {
                console.note(Text.shortened(String.valueOf(failure.getMessage()), LONGEST_COMPLAINT));
                return failure.exit();
            }
            console.note("this should not have happened: " + e + "; run it again with --verbose and report the output");
            return Exit.ERROR;
        };
    }

    private static boolean isVerbose(ParseResult parsed) {
        return ClusterOptions.of(innermost(parsed).commandSpec())
                .filter(ClusterOptions::isVerbose)
                .isPresent();
    }

    private static ParseResult innermost(ParseResult parsed) {
        ParseResult innermost = parsed;
        while (innermost.hasSubcommand()) {
            innermost = innermost.subcommand();
        }
        return innermost;
    }
}
