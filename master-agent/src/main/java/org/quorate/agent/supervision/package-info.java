/**
 * The buildmaster's process, if the agent starts it. This package starts, stops and kills it with all its descendants,
 * and detects one that hangs.
 */
@NullMarked
package org.quorate.agent.supervision;

import org.jspecify.annotations.NullMarked;
