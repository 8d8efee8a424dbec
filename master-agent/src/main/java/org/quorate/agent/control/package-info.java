/**
 * Reads operators' commands for this master (drain, restart, cancel) from the database and carries them out, and writes
 * for operators how this master is.
 */
@NullMarked
package org.quorate.agent.control;

import org.jspecify.annotations.NullMarked;
