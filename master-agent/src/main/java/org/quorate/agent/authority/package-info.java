/**
 * Decides whether this master may act. Holds the one state that all loops share (unregistered, active with its epoch,
 * or fenced; with the remaining trust), and checks that both stores belong to this cluster.
 */
@NullMarked
package org.quorate.agent.authority;

import org.jspecify.annotations.NullMarked;
