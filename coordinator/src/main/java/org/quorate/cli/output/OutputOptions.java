package org.quorate.cli.output;

import static picocli.CommandLine.Spec.Target.MIXEE;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * The options for the form of the output, and for its repetition. They may be written before or after the subcommand.
 */
public final class OutputOptions {
    /** The forms of the output; all have the same facts. */
    enum Form {
        TABLE,
        WIDE,
        JSON
    }

    /** The field of each command that holds these options, which is also picocli's name of the mixin. */
    private static final String FIELD = "outputOptions";

    @Spec(MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec mixee;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            converter = Forms.class,
            description = "Form of the output: table (default), wide or json.")
    private @Nullable Form form;

    @Option(
            names = "--watch",
            arity = "0..1",
            paramLabel = "TIME",
            fallbackValue = "2s",
            converter = DurationConverter.class,
            description = "Repeat the output every 2 seconds, or every TIME.")
    private @Nullable Duration watch;

    boolean isJson() {
        return find(options -> options.form).filter(Form.JSON::equals).isPresent();
    }

    public boolean isWide() {
        return find(options -> options.form).filter(Form.WIDE::equals).isPresent();
    }

    /** Prints once, or with {@code --watch} until the console's pause returns false. Returns the last exit code. */
    public int show(Console console, Picture picture) throws InterruptedException {
        Duration again = find(options -> options.watch).orElse(null);
        while (true) {
            if (again != null && console.terminal() && !isJson()) {
                console.out().print("\u001b[H\u001b[2J");
            }
            int exit = picture.print();
            console.out().flush();
            if (again == null || !console.pause().take(again)) {
                return exit;
            }
        }
    }

    /** Returns the value of the innermost command that has one: the options may be written before the subcommand. */
    private <T> Optional<T> find(Function<OutputOptions, @Nullable T> field) {
        for (CommandSpec spec = mixee; spec != null; spec = spec.parent()) {
            CommandSpec mixin = spec.mixins().get(FIELD);
            if (mixin != null && mixin.userObject() instanceof OutputOptions options) {
                T value = field.apply(options);
                if (value != null) {
                    return Optional.of(value);
                }
            }
        }
        return Optional.empty();
    }

    /** Prints one output of a command. */
    public interface Picture {
        /** Returns the exit code. */
        int print();
    }

    /** Reads the name of a form. */
    static final class Forms implements ITypeConverter<Form> {
        @Override
        public Form convert(String text) {
            for (Form form : Form.values()) {
                if (form.name().equals(text.toUpperCase(Locale.ROOT))) {
                    return form;
                }
            }
            throw new TypeConversionException(
                    "'" + Text.shortened(Text.printable(text), 40) + "' is no form: write table, wide or json");
        }
    }
}
