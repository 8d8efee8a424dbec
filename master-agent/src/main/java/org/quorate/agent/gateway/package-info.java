/**
 * The worker gateway: a port to which Buildbot's workers connect, and from which each is forwarded, byte for byte, to
 * the worker port of a live master. A worker knows only one address; after a failover it connects again, and the
 * gateway forwards it to another master. The gateway does not interpret the bytes, and queries no store.
 */
@NullMarked
package org.quorate.agent.gateway;

import org.jspecify.annotations.NullMarked;
