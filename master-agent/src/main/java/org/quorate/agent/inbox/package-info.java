/**
 * Receives the messages of the buildmaster for the loops, so that no thread of the link waits for a store, and knows
 * which buildmaster is attached.
 */
@NullMarked
package org.quorate.agent.inbox;

import org.jspecify.annotations.NullMarked;
