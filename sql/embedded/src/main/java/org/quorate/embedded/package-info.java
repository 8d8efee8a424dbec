/**
 * A real PostgreSQL that this process starts and stops itself, as an unprivileged user, for the demo and for tests. No program
 * of a site has this package on its class path.
 */
@NullMarked
package org.quorate.embedded;

import org.jspecify.annotations.NullMarked;
