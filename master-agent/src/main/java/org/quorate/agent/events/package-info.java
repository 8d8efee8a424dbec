/**
 * Passes events between buildmasters through the database, and turns the database's notifications into wake-ups of
 * loops.
 */
@NullMarked
package org.quorate.agent.events;

import org.jspecify.annotations.NullMarked;
