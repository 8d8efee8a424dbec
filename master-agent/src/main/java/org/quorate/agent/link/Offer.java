package org.quorate.agent.link;

/** A pending buildrequest that the buildmaster may choose; another master may claim it first. */
public record Offer(int brid, String builder, int priority) {}
