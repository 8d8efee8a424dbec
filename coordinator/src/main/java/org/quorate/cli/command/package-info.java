/**
 * The commands for masters, schedulers, builders, workers, buildrequests and the history. Each command is one file.
 */
@NullMarked
package org.quorate.cli.command;

import org.jspecify.annotations.NullMarked;
