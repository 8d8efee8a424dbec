/**
 * Time limits on the monotonic clock of one process. Nothing here reads a clock: each caller passes the instant.
 */
@NullMarked
package org.quorate.time;

import org.jspecify.annotations.NullMarked;
