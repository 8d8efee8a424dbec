package org.quorate.demo.cluster;

/**
 * What the builds themselves recorded.
 *
 * @param started builds that were started
 * @param unexplained accepted completions for which no build of that claim ended with those results
 */
public record Witness(int started, int unexplained) {}
