/**
 * The shell buildmaster, the built-in other side of the link. It runs each builder's command as a real process, and
 * fires schedulers by time or after another scheduler. It serves the demo, sites without Buildbot, and fault tests.
 */
@NullMarked
package org.quorate.agent.shell;

import org.jspecify.annotations.NullMarked;
