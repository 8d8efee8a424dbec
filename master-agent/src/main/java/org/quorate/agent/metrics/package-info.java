/**
 * The metrics of an agent; each is recorded by a method that is named after the event.
 */
@NullMarked
package org.quorate.agent.metrics;

import org.jspecify.annotations.NullMarked;
