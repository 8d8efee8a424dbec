/**
 * Joins the cluster and stays in it: registers the master under a new epoch or resumes the current one, sends
 * heartbeats that renew the trust, remembers the epoch on disk, and fences this master itself when the trust runs out.
 */
@NullMarked
package org.quorate.agent.membership;

import org.jspecify.annotations.NullMarked;
