package org.quorate.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Writes the manual pages, one per command in section 1, from the same declarations as {@code --help}. */
public final class ManPages {
    private ManPages() {}

    /**
     * Writes {@code quorate.1}, {@code quorate-status.1}, …, and the completion {@code quorate.bash}. The build runs
     * it.
     *
     * @param arguments the folder
     */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        Files.createDirectories(folder);
        CommandLine line = Main.line(silent());
        write(folder, line.getCommandSpec());
        Files.writeString(folder.resolve("quorate.bash"), AutoComplete.bash("quorate", line), StandardCharsets.UTF_8);
    }

    private static Console silent() {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        return new Console(nowhere, nowhere, Map.of(), Path.of("/"), false, () -> 0, (Duration length) -> false);
    }

    private static void write(Path folder, CommandSpec spec) throws IOException {
        String name = spec.qualifiedName("-");
        Files.writeString(folder.resolve(name + ".1"), page(spec), StandardCharsets.UTF_8);
        for (CommandLine sub : List.copyOf(spec.subcommands().values())) {
            write(folder, sub.getCommandSpec());
        }
    }

    static String page(CommandSpec spec) {
        StringBuilder page = new StringBuilder();
        String name = spec.qualifiedName("-");
        page.append(".TH \"")
                .append(name.toUpperCase(java.util.Locale.ROOT))
                .append("\" \"1\" \"\" \"Quorate\" \"Quorate\"\n");
        page.append(".SH NAME\n")
                .append(escaped(name))
                .append(" \\- ")
                .append(escaped(summary(spec)))
                .append('\n');
        page.append(".SH SYNOPSIS\n.B ").append(escaped(spec.qualifiedName())).append("\n[\\fIOPTIONS\\fR]");
        for (PositionalParamSpec position : spec.positionalParameters()) {
            page.append(" \\fI").append(escaped(position.paramLabel())).append("\\fR");
            page.append(position.arity().max() > 1 ? "..." : "");
        }
        if (!spec.subcommands().isEmpty()) {
            page.append(" [\\fICOMMAND\\fR]");
        }
        page.append("\n.SH DESCRIPTION\n").append(escaped(description(spec))).append('\n');
        parameters(spec, page);
        commands(spec, page);
        page.append(".SH EXIT STATUS\n");
        Exit.list()
                .forEach((code, meaning) -> page.append(".TP\n.B ")
                        .append(code.strip())
                        .append('\n')
                        .append(escaped(meaning))
                        .append('\n'));
        return page.toString();
    }

    private static void parameters(CommandSpec spec, StringBuilder page) {
        page.append(".SH OPTIONS\n");
        for (PositionalParamSpec position : spec.positionalParameters()) {
            page.append(".TP\n.I ").append(escaped(position.paramLabel())).append('\n');
            page.append(escaped(String.join(" ", position.description()))).append('\n');
        }
        for (OptionSpec option : spec.options()) {
            page.append(".TP\n.B ").append(escaped(String.join(", ", option.names())));
            page.append(option.arity().max() > 0 ? " \\fI" + escaped(option.paramLabel()) + "\\fR" : "")
                    .append('\n');
            page.append(escaped(String.join(" ", option.description()))).append('\n');
        }
    }

    private static void commands(CommandSpec spec, StringBuilder page) {
        if (spec.subcommands().isEmpty()) {
            return;
        }
        page.append(".SH COMMANDS\n");
        for (CommandLine sub : spec.subcommands().values().stream().distinct().collect(Collectors.toList())) {
            page.append(".TP\n.B ").append(escaped(sub.getCommandName())).append('\n');
            page.append(escaped(summary(sub.getCommandSpec()))).append('\n');
        }
    }

    /** The first line of the description, which {@code --help} shows in its list of commands. */
    private static String summary(CommandSpec spec) {
        return Stream.of(spec.usageMessage().description()).findFirst().orElse("");
    }

    private static String description(CommandSpec spec) {
        return String.join(" ", spec.usageMessage().description());
    }

    /** Escapes text so that roff takes no part of it for a request or an escape. */
    static String escaped(String text) {
        String line =
                text.replace("\\", "\\e").replace("-", "\\-").replace("\n", " ").strip();
        return line.startsWith(".") || line.startsWith("'") ? "\\&" + line : line;
    }
}
