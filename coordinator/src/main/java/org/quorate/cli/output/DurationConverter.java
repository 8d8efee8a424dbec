package org.quorate.cli.output;

import java.time.Duration;
import org.quorate.config.Durations;
import org.quorate.config.Unreadable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the duration of an option: {@code 500ms}, {@code 90s}, {@code 2h}; a bare number is a number of seconds. */
public final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
        try {
            Duration span = Durations.parse(text.matches("[0-9]{1,9}") ? text + "s" : text);
            if (span.isZero()) {
                throw new TypeConversionException("must be longer than nothing: write 90s or 5m");
            }
            return span;
        } catch (Unreadable e) {
            throw new TypeConversionException("'" + Text.shortened(Text.printable(text), 40) + "' " + e.getMessage());
        }
    }
}
