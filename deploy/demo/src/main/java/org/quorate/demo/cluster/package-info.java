/** The demo's cluster: both stores, the masters as processes, the files that they share, and what they did. */
@NullMarked
package org.quorate.demo.cluster;

import org.jspecify.annotations.NullMarked;
