/**
 * A stock buildmaster: one without the plugin. The agent can observe it only through what it writes to the database.
 */
@NullMarked
package org.quorate.agent.stock;

import org.jspecify.annotations.NullMarked;
