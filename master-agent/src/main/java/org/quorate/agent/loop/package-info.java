/**
 * The agent's loops. A loop is a named thread that takes one step again and again. A step is a plain object that
 * decides, acts, and returns one sentence and the time until the next step. A test calls a step directly.
 */
@NullMarked
package org.quorate.agent.loop;

import org.jspecify.annotations.NullMarked;
