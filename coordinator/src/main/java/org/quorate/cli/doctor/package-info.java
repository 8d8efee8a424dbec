/**
 * {@code quorate doctor}: checks both stores and the cluster in them, and prints how to mend each fault.
 */
@NullMarked
package org.quorate.cli.doctor;

import org.jspecify.annotations.NullMarked;
