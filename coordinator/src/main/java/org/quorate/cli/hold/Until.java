package org.quorate.cli.hold;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.output.DurationConverter;
import org.quorate.cli.output.Text;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The option for the end of a hold: after a span, or at a time with its offset from UTC. */
final class Until {
    /** One of the two is given. */
    record End(Optional<Duration> span, Optional<OffsetDateTime> time) {}

    @Option(
            names = "--until",
            paramLabel = "TIME",
            converter = Ends.class,
            description = "When it ends by itself: after a span (2h, 3d) or at a time (2026-12-01T06:00Z).")
    private @Nullable End end;

    Optional<String> time() {
        return Optional.ofNullable(end).flatMap(End::time).map(OffsetDateTime::toString);
    }

    Optional<Double> seconds() {
        return Optional.ofNullable(end).flatMap(End::span).map(span -> (double) span.toSeconds());
    }

    /** Returns the end as words that follow what is held. */
    String words() {
        if (end == null) {
            return " until it is lifted";
        }
        return end.span().map(span -> " for " + Text.span(span)).orElse(" until " + time().orElse(""));
    }

    /** Reads a span or a time. */
    static final class Ends implements ITypeConverter<End> {
        @Override
        public End convert(String text) {
            try {
                return text.contains("T")
                        ? new End(Optional.empty(), Optional.of(OffsetDateTime.parse(text)))
                        : new End(Optional.of(new DurationConverter().convert(text)), Optional.empty());
            } catch (DateTimeException | TypeConversionException e) {
                throw new TypeConversionException("'" + Text.shortened(Text.printable(text), 40)
                        + "' is neither a span such as 2h nor a time such as 2026-12-01T06:00Z");
            }
        }
    }
}
