/**
 * {@code quorate doctor}: checks both stores and the cluster in them, and says how to mend what is wrong.
 */
@NullMarked
package org.quorate.cli.doctor;

import org.jspecify.annotations.NullMarked;
