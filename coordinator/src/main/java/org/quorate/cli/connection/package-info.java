/**
 * The connection of one run of the command: which cluster is meant, its settings, one database session, and what a
 * failure of the database means to an operator.
 */
@NullMarked
package org.quorate.cli.connection;

import org.jspecify.annotations.NullMarked;
