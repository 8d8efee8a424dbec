package org.quorate.claim;

/** How many buildrequests of one builder a turn may take, and from where in its queue. */
public record Wanted(int builderid, int slots, LowWaterMark floor) {}
