/**
 * Whether this master may act: the one state that all loops share (unregistered, active with its epoch, or fenced,
 * with the trust that is left), and the check that both stores belong to this cluster.
 */
@NullMarked
package org.quorate.agent.authority;

import org.jspecify.annotations.NullMarked;
