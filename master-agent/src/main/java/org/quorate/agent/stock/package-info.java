/**
 * A stock buildmaster: one without the plugin, which the agent can only observe through what it writes to the
 * database.
 */
@NullMarked
package org.quorate.agent.stock;

import org.jspecify.annotations.NullMarked;
