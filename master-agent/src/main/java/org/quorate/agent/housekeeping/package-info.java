/**
 * What the elected leader does for masters that are gone: ends their epochs, releases what they held, removes old
 * history.
 */
@NullMarked
package org.quorate.agent.housekeeping;

import org.jspecify.annotations.NullMarked;
