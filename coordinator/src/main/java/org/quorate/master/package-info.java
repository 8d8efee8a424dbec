/**
 * Masters: which master is trusted, for how long, and what is done for a master that failed. Pure rules, and the ports
 * to the database and to ZooKeeper; nothing here opens a socket or reads a clock.
 */
@NullMarked
package org.quorate.master;

import org.jspecify.annotations.NullMarked;
