/**
 * Events: what the buildmaster of one master has to say to those of the others, in batches, each master's in the order in which
 * they were committed. What a batch says is the buildmasters' own affair; here it is passed on as it came.
 */
@NullMarked
package org.quorate.event;

import org.jspecify.annotations.NullMarked;
