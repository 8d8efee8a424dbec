/**
 * Keeps the agent at the stores that are the cluster's: follows a database that was promoted, and leaves stores that
 * are copies, older states, or others.
 */
@NullMarked
package org.quorate.agent.identity;

import org.jspecify.annotations.NullMarked;
