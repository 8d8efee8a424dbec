/**
 * {@code quorate verify}: recomputes each invariant from the history, and makes and checks certificates of what it
 * found.
 */
@NullMarked
package org.quorate.cli.verify;

import org.jspecify.annotations.NullMarked;
