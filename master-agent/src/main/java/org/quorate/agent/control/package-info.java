/**
 * Reads what operators want of this master (drain, restart, cancel) from the database and carries it out.
 */
@NullMarked
package org.quorate.agent.control;

import org.jspecify.annotations.NullMarked;
