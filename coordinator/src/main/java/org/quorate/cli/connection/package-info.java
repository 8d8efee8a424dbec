/**
 * The connection of one run of the command: the target cluster, its settings, one database session, and the messages
 * for failures of the database.
 */
@NullMarked
package org.quorate.cli.connection;

import org.jspecify.annotations.NullMarked;
