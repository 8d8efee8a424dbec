/**
 * Claims: how many buildrequests an agent may take, from where in the queue it looks, and the port through which claims,
 * completions and releases are committed.
 */
@NullMarked
package org.quorate.claim;

import org.jspecify.annotations.NullMarked;
