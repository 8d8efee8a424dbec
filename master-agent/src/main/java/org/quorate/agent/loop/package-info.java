/**
 * A loop is a named thread that takes one step again and again: a step is a plain object which decides, acts, and
 * returns one sentence and the time until the next step. A test takes a step by calling it.
 */
@NullMarked
package org.quorate.agent.loop;

import org.jspecify.annotations.NullMarked;
