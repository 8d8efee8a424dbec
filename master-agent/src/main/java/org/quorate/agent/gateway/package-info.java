/**
 * The worker gateway: a port to which Buildbot's workers connect, and from which each is forwarded, byte for byte, to the
 * worker port of a living master. A worker knows one address only; through the gateway it follows a failover by its own
 * reconnecting. It knows nothing of what the bytes mean, and asks no store.
 */
@NullMarked
package org.quorate.agent.gateway;

import org.jspecify.annotations.NullMarked;
