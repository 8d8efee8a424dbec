/**
 * What tests of all modules stand on: a real PostgreSQL and a real ZooKeeper of their own, and hand-written fakes.
 */
@NullMarked
package org.quorate.testing;

import org.jspecify.annotations.NullMarked;
