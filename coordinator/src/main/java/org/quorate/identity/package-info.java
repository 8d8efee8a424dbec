/**
 * Which database and which ZooKeeper ensemble the cluster uses. Each of the two stores records the other, and a store
 * that is not the cluster's is refused: a copy, an older state, a fork, another ensemble. Decisions only; the adapters
 * carry them out.
 */
@NullMarked
package org.quorate.identity;

import org.jspecify.annotations.NullMarked;
