/** What the tests of all modules share: a real PostgreSQL, a real ZooKeeper, and the contracts of the ports. */
@NullMarked
package org.quorate.testing;

import org.jspecify.annotations.NullMarked;
