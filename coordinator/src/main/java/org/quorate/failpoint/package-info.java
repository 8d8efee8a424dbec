/**
 * Failpoints: the steps of the protocol at which a test, or a fault campaign, makes this process pause, die or fail.
 * They are off unless the system property {@code quorate.failpoint} is set when the process starts.
 */
@NullMarked
package org.quorate.failpoint;

import org.jspecify.annotations.NullMarked;
