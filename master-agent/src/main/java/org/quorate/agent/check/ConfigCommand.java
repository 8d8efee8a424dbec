package org.quorate.agent.check;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.quorate.config.ConfigurationErrors;
import org.quorate.config.Values;
import org.quorate.config.YamlFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code quorate config}: checks whether a file can be used, and shows the resulting settings. */
@Command(
        name = "config",
        description = {
            "Check a configuration file, or show the settings that result from it.",
            "The file may belong to an agent (agent.yaml), to a shell buildmaster (shell.yaml) or to this"
                    + " command (config.yaml); its keys decide which of the three it is."
        },
        subcommands = {ConfigCommand.Check.class, ConfigCommand.Show.class})
final class ConfigCommand {
    private static final int GOOD = 0;
    private static final int BAD = 2;

    /** The base of both subcommands: the file, the environment that overrides it, and the output. */
    abstract static class OnFile {
        @Parameters(
                paramLabel = "FILE",
                arity = "0..1",
                description = "the YAML file of an agent, of a shell buildmaster or of this command;"
                        + " default: ${DEFAULT-VALUE}")
        private Path file = Path.of("/etc/quorate/agent.yaml");

        @Spec
        private CommandSpec spec = CommandSpec.create();

        int read() {
            PrintWriter err = spec.commandLine().getErr();
            FileKind kind = FileKind.AGENT;
            try {
                YamlFile yaml = YamlFile.read(file);
                kind = FileKind.of(yaml);
                Values values = yaml.values(kind.keys(), environment());
                values.notes().forEach(note -> err.println("note: " + note));
                spec.commandLine().getOut().print(answer(values));
                spec.commandLine().getOut().flush();
                return GOOD;
            } catch (ConfigurationErrors e) {
                e.mistakes().forEach(err::println);
                err.println(file + ": " + count(e.mistakes().size()) + "; " + kind.consequence());
                return BAD;
            }
        }

        abstract String answer(Values values);

        Path file() {
            return file;
        }

        Map<String, String> environment() {
            return System.getenv();
        }

        private static String count(int mistakes) {
            return mistakes == 1 ? "1 mistake" : mistakes + " mistakes";
        }
    }

    /** Reports whether the file can be used. */
    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description =
                    "Report every mistake in the file, each with its line and column. Exit code 0: none, 2: some.")
    static final class Check extends OnFile implements Callable<Integer> {
        @Override
        public Integer call() {
            return read();
        }

        @Override
        String answer(Values values) {
            return file() + ": good" + System.lineSeparator();
        }
    }

    /** Shows each key with its effective value and the place where that value was set. */
    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Show what the file and the environment set, each with its place. Secrets are concealed.")
    static final class Show extends OnFile implements Callable<Integer> {
        @Option(names = "--effective", description = "with all defaults")
        private boolean effective;

        @Override
        public Integer call() {
            return read();
        }

        @Override
        String answer(Values values) {
            return effective ? values.effective() : values.given();
        }
    }
}
