/**
 * The fault campaign: a whole site of real processes, a workload of short builds, a nemesis that a seed controls, and a
 * checker. The checker compares what happened with the nine invariants, with the answers that clients and buildmasters
 * received, and with what the builds really did. Run by {@code deploy/faults}. {@code deploy/FAULTS.md} describes what
 * is covered and what is not.
 */
package org.quorate.faults;
