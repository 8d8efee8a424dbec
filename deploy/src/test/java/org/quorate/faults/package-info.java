/**
 * The fault campaign: a whole site of real processes, a workload of short builds, a seeded nemesis, and a checker that
 * holds what happened to the nine invariants, to what clients and buildmasters were told, and to what the builds really
 * did. Run by {@code deploy/faults}; {@code deploy/FAULTS.md} says what is covered and what is not.
 */
package org.quorate.faults;
