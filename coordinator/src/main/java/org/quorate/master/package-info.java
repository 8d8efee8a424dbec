/**
 * Masters: who is trusted, for how long, and what is done for one that is gone. Pure rules and the port to the database;
 * nothing here opens a socket or reads a clock.
 */
@NullMarked
package org.quorate.master;

import org.jspecify.annotations.NullMarked;
