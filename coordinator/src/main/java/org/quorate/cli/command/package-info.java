/**
 * The commands about masters, schedulers, builders, workers and buildrequests, and about the history: one command is
 * one file.
 */
@NullMarked
package org.quorate.cli.command;

import org.jspecify.annotations.NullMarked;
