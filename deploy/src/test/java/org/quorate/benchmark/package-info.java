/**
 * Measures what claims and completions cost, compared with a reference from the same run, and what an idle agent costs.
 * It prints figures and judges nothing, since the speed of a machine is not that of the program. Run by
 * {@code deploy/benchmark}.
 */
package org.quorate.benchmark;
