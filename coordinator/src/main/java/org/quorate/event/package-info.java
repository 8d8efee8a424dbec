/**
 * Events: messages from the buildmaster of one master to those of the others, in batches. The batches of each master
 * are delivered in the order in which they were committed. Only buildmasters read the content; it is passed on
 * unchanged.
 */
@NullMarked
package org.quorate.event;

import org.jspecify.annotations.NullMarked;
