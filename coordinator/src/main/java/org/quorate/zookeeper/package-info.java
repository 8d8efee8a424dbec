/**
 * The adapter to ZooKeeper: session, membership, election, ownership nodes and numbers. What it says is a hint; only the
 * database makes anything true. The only package that sees Curator.
 */
@NullMarked
package org.quorate.zookeeper;

import org.jspecify.annotations.NullMarked;
