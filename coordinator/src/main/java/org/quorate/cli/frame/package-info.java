/**
 * The parts that commands share: a command that only reads, a command that changes something (plan, dry run, one
 * transaction, outcome), the options that name the cluster, and the names that a cluster knows.
 */
@NullMarked
package org.quorate.cli.frame;

import org.jspecify.annotations.NullMarked;
