package org.quorate.cli.output;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options for the form of the output, and for its repetition. */
public final class OutputOptions {
    /** The forms of the output; all have the same facts. */
    enum Form {
        TABLE,
        WIDE,
        JSON
    }

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            converter = Forms.class,
            description = "Form of the output: table (default), wide or json.")
    private Form form = Form.TABLE;

    @Option(
            names = "--watch",
            arity = "0..1",
            paramLabel = "TIME",
            fallbackValue = "2s",
            converter = DurationConverter.class,
            description = "Repeat the output every 2 seconds, or every TIME.")
    private @Nullable Duration watch;

    boolean isJson() {
        return form == Form.JSON;
    }

    public boolean isWide() {
        return form == Form.WIDE;
    }

    /** Prints once, or with {@code --watch} until the console's pause returns false. Returns the last exit code. */
    public int show(Console console, Picture picture) throws InterruptedException {
        while (true) {
            if (watch != null && console.terminal() && !isJson()) {
                console.out().print("\u001b[H\u001b[2J");
            }
            int exit = picture.print();
            console.out().flush();
            if (watch == null || !console.pause().take(watch)) {
                return exit;
            }
        }
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
