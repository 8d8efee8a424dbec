/**
 * What claims and completions cost, against a reference taken in the same run, and what an agent costs at rest. Prints;
 * it judges nothing, since a machine's speed is not the program's. Run by {@code deploy/benchmark}.
 */
package org.quorate.benchmark;
