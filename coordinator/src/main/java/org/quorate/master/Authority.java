package org.quorate.master;

import java.util.UUID;

/**
 * The identity that every write of an agent carries: the master for which it acts, the epoch in which that master is
 * trusted, and the incarnation of the agent process. The database rejects a write whose authority is not the current
 * one (I2, I3).
 *
 * @param masterid Buildbot's {@code masters.id}
 * @param epoch the master's numbered period of trust, a fencing token; a new one begins only when the master's claims
 *     are released (I6)
 * @param incarnation one run of an agent process
 */
public record Authority(int masterid, long epoch, UUID incarnation) {}
