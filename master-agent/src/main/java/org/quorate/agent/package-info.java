/**
 * The agent beside one buildmaster: a handful of loops, each with a step that decides from one picture, wired in {@link
 * org.quorate.agent.Agent}. Whatever a loop learns that others need stands in one {@link org.quorate.agent.Tenure}.
 */
@NullMarked
package org.quorate.agent;

import org.jspecify.annotations.NullMarked;
