/**
 * The adapter to PostgreSQL: the transactions T1 to T7, each under the lock that makes it true. The only package that
 * sees Jdbi and the driver.
 */
@NullMarked
package org.quorate.postgres;

import org.jspecify.annotations.NullMarked;
