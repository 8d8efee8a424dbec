package org.quorate.failpoint;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.quorate.config.Durations;
import org.quorate.config.Unreadable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parsed property: which failpoint acts how, and when. If the text holds a mistake, no failpoint acts. Thread-safe.
 */
final class FailpointScript {
    private static final Logger LOG = LoggerFactory.getLogger(Failpoint.class);
    private static final Pattern FORM =
            Pattern.compile("([a-z-]+):(?:(pause)\\(([^()]*)\\)|(kill)|(throw))(?:@([0-9.]{1,9}))?");
    /** The exit code of a process that SIGKILL ended. */
    private static final int KILLED = 137;

    private final Map<Failpoint, List<Line>> lines;
    private final @Nullable String mistake;
    private final DoubleSupplier chance;

    private FailpointScript(Map<Failpoint, List<Line>> lines, @Nullable String mistake, DoubleSupplier chance) {
        this.lines = lines;
        this.mistake = mistake;
        this.chance = chance;
    }

    /**
     * Parses the text of the property.
     *
     * @param chance returns numbers from 0 (inclusive) to 1
     */
    static FailpointScript of(String written, DoubleSupplier chance) {
        Map<Failpoint, List<Line>> lines = new EnumMap<>(Failpoint.class);
        try {
            for (String one : written.split(";", -1)) {
                if (!one.isBlank()) {
                    Line line = line(one.strip());
                    lines.computeIfAbsent(line.at(), at -> new ArrayList<>()).add(line);
                }
            }
            return new FailpointScript(lines, null, chance);
        } catch (Unreadable e) {
            return new FailpointScript(Map.of(), "the property " + Failpoint.PROPERTY + " " + e.getMessage(), chance);
        }
    }

    private static Line line(String written) throws Unreadable {
        Matcher form = FORM.matcher(written);
        if (!form.matches()) {
            throw new Unreadable("says '" + written + "', which is no failpoint: write NAME:pause(15s), NAME:kill or"
                    + " NAME:throw, each with @3 for the third time only or @0.1 for one in ten, with ; between; NAME"
                    + " is " + names());
        }
        Failpoint at = Arrays.stream(Failpoint.values())
                .filter(failpoint -> failpoint.word().equals(form.group(1)))
                .findFirst()
                .orElseThrow(() ->
                        new Unreadable("names '" + form.group(1) + "', which is no failpoint; there is " + names()));
        Duration pause = form.group(2) == null ? Duration.ZERO : pause(written, form.group(3));
        Kind kind = form.group(2) != null ? Kind.PAUSE : form.group(4) != null ? Kind.KILL : Kind.THROW;
        return new Line(at, written, kind, pause, when(written, form.group(6)), new AtomicInteger());
    }

    private static String names() {
        return Arrays.stream(Failpoint.values()).map(Failpoint::word).collect(Collectors.joining(", "));
    }

    private static Duration pause(String written, String span) throws Unreadable {
        try {
            return Durations.parse(span);
        } catch (Unreadable e) {
            throw new Unreadable("says '" + written + "', whose pause " + e.getMessage());
        }
    }

    private static When when(String written, @Nullable String text) throws Unreadable {
        try {
            if (text == null) {
                return new When(0, 1);
            }
            When when =
                    text.contains(".") ? new When(0, Double.parseDouble(text)) : new When(Integer.parseInt(text), 1);
            if (text.contains(".") ? when.probability() <= 1 : when.nth() > 0) {
                return when;
            }
        } catch (NumberFormatException e) {
            // reported below
        }
        throw new Unreadable("says '" + written + "', where @ wants a count from 1, as @3, or a probability, as @0.1");
    }

    private enum Kind {
        PAUSE,
        KILL,
        THROW
    }

    /**
     * When a failpoint acts.
     *
     * @param nth only this time; 0 for every time
     */
    private record When(int nth, double probability) {}

    private record Line(Failpoint at, String written, Kind kind, Duration pause, When when, AtomicInteger passed) {
        boolean isDue(DoubleSupplier chance) {
            int passing = passed.incrementAndGet();
            return when.nth() > 0
                    ? passing == when.nth()
                    : when.probability() == 1 || chance.getAsDouble() < when.probability();
        }
    }

    Optional<String> mistake() {
        return Optional.ofNullable(mistake);
    }

    void reached(Failpoint failpoint) {
        for (Line line : lines.getOrDefault(failpoint, List.of())) {
            if (line.isDue(chance)) {
                LOG.warn("failpoint {} acts: {}", failpoint.word(), line.written());
                act(line);
            }
        }
    }

    private static void act(Line line) {
        switch (line.kind()) {
            case PAUSE -> pause(line);
            case KILL -> Runtime.getRuntime().halt(KILLED);
            case THROW -> throw new Failpoint.Thrown(line.at());
        }
    }

    /** An interrupt ends the pause early, and has no other effect; a test uses this to let the thread continue. */
    private static void pause(Line line) {
        try {
            if (!new CountDownLatch(1).await(line.pause().toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("failpoint {} ends: its pause is over", line.at().word());
            }
        } catch (InterruptedException e) {
            LOG.warn("failpoint {} ends: interrupted", line.at().word());
        }
    }
}
