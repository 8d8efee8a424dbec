/** The common fixtures for the tests of all modules: a real PostgreSQL, a real ZooKeeper, and hand-written fakes. */
@NullMarked
package org.quorate.testing;

import org.jspecify.annotations.NullMarked;
