package org.quorate.claim;

/** The number of buildrequests of one builder that a turn may claim, and where in its queue the search begins. */
public record Wanted(int builderid, int slots, LowWaterMark floor) {}
