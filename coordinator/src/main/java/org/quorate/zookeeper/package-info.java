/**
 * The adapter to ZooKeeper: session, membership, leader election, ownership nodes and numbers. Its answers are hints;
 * only the database proves anything. The only package that uses Curator.
 */
@NullMarked
package org.quorate.zookeeper;

import org.jspecify.annotations.NullMarked;
