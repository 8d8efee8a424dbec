/**
 * Completions that could not be committed yet. They are written to disk before anything else happens to them, and
 * committed when the database answers again, also by the next process of this agent.
 */
@NullMarked
package org.quorate.agent.spool;

import org.jspecify.annotations.NullMarked;
