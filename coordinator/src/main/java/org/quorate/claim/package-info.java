/**
 * Claims: how many buildrequests an agent may claim, where in the queue it searches, and the port through which claims,
 * completions and releases are committed.
 */
@NullMarked
package org.quorate.claim;

import org.jspecify.annotations.NullMarked;
