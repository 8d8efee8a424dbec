package org.quorate.cli.frame;

import org.quorate.cli.output.Failure;

/** Checks the bounds of numbers that are given as options. */
public final class Limits {
    private Limits() {}

    public static void require(String option, long value, long least, long most) {
        if (value < least || value > most) {
            throw Failure.usage(option + " is " + value + ", but must be between " + least + " and " + most);
        }
    }
}
