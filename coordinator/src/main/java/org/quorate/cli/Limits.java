package org.quorate.cli;

/** Bounds of numbers that are given as options. */
final class Limits {
    private Limits() {}

    static void require(String option, long value, long least, long most) {
        if (value < least || value > most) {
            throw Failure.usage(option + " is " + value + ", but must be between " + least + " and " + most);
        }
    }
}
