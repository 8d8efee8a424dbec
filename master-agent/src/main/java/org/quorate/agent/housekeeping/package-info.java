/**
 * The duties of the elected leader: it ends the epochs of masters that are gone, releases their claims, and removes old
 * history.
 */
@NullMarked
package org.quorate.agent.housekeeping;

import org.jspecify.annotations.NullMarked;
