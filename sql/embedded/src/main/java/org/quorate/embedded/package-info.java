/**
 * A real PostgreSQL that this process starts and stops, as an unprivileged user, for the demo and for tests. No program
 * that a site installs has this package on its class path.
 */
@NullMarked
package org.quorate.embedded;

import org.jspecify.annotations.NullMarked;
