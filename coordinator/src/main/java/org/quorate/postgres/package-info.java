/**
 * The adapter to PostgreSQL. It runs the transactions T1 to T8, each under the lock that keeps its invariants; the
 * table "The transactions T1 to T8" in {@code coordinator/INVARIANTS.md} describes them. The only package that uses
 * Jdbi and the driver.
 */
@NullMarked
package org.quorate.postgres;

import org.jspecify.annotations.NullMarked;
