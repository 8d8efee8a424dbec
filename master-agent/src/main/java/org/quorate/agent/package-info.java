/**
 * The program {@code quorate-agent}, which runs beside one buildmaster. {@link org.quorate.agent.Agent} makes its parts
 * and connects its loops. Each package below has one duty.
 */
@NullMarked
package org.quorate.agent;

import org.jspecify.annotations.NullMarked;
