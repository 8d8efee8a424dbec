/**
 * Gains and gives up schedulers as the policy decides, commits their ticks, and notifies the buildmaster which
 * dependent schedulers are due.
 */
@NullMarked
package org.quorate.agent.ownership;

import org.jspecify.annotations.NullMarked;
