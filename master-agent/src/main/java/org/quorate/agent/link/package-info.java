/**
 * The agent's side of the link to one buildmaster. The link is a Unix
 * stream socket with one JSON-RPC message a line in both directions ({@code LINK.md} documents it for those who write
 * another buildmaster); its closing is the buildmaster's death notice. Nothing here decides what is true: it carries
 * messages.
 */
@NullMarked
package org.quorate.agent.link;

import org.jspecify.annotations.NullMarked;
