package org.quorate.master;

import java.util.UUID;

/**
 * What every write of an agent carries: which master it speaks for, the epoch in which that master is trusted, and the
 * incarnation of the agent process. The database refuses a write whose authority is not the current one (I2, I3).
 *
 * @param masterid Buildbot's {@code masters.id}
 * @param epoch the master's numbered time of being trusted; grows only when its claims are taken away (I6)
 * @param incarnation one life of an agent process
 */
public record Authority(int masterid, long epoch, UUID incarnation) {}
