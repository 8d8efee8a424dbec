/**
 * The metrics of an agent, each recorded by a method that names what happened.
 */
@NullMarked
package org.quorate.agent.metrics;

import org.jspecify.annotations.NullMarked;
