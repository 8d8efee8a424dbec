/**
 * The shell buildmaster: the built-in other side of the link. It runs each builder's command as a real process and fires
 * schedulers by time or after another scheduler; for the demo, for sites without Buildbot, and for fault tests.
 */
@NullMarked
package org.quorate.agent.shell;

import org.jspecify.annotations.NullMarked;
