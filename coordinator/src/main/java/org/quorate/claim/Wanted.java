package org.quorate.claim;

/** How many buildrequests of one builder a turn may claim, and where in its queue the search begins. */
public record Wanted(int builderid, int slots, LowWaterMark floor) {}
