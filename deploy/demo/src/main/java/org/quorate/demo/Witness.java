package org.quorate.demo;

/**
 * What the builds themselves say.
 *
 * @param started builds that were started
 * @param unexplained accepted completions for which no build of that claim ended with those results
 */
record Witness(int started, int unexplained) {}
