/**
 * The buildmaster's process, where the agent starts it: starts, stops and kills it with all that it started, and
 * detects one that hangs.
 */
@NullMarked
package org.quorate.agent.supervision;

import org.jspecify.annotations.NullMarked;
