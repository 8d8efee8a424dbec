/**
 * Failpoints: the steps of the protocol at which a test, or a campaign of faults, makes this process stand still, die or fail.
 * Off unless the system property {@code quorate.failpoint} is there when the process starts.
 */
@NullMarked
package org.quorate.failpoint;

import org.jspecify.annotations.NullMarked;
