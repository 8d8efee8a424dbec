/**
 * The agent's side of the link to one buildmaster, and the supervision of that buildmaster's process. The link is a Unix
 * stream socket with one JSON-RPC message a line in both directions ({@code LINK.md} documents it for those who write
 * another buildmaster); its closing is the buildmaster's death notice. Nothing here decides what is true: it carries what
 * the agent says, and ends processes for certain.
 */
@NullMarked
package org.quorate.agent.buildmaster;

import org.jspecify.annotations.NullMarked;
