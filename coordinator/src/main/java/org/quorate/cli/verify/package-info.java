/**
 * {@code quorate verify}: checks each invariant against the history, and makes and checks certificates of the results.
 */
@NullMarked
package org.quorate.cli.verify;

import org.jspecify.annotations.NullMarked;
