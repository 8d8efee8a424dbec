/**
 * The agent's side of the link to one buildmaster. The link is a Unix stream socket with one JSON-RPC message on each
 * line, in both directions; {@code LINK.md} documents it for authors of another buildmaster. When it closes, the
 * buildmaster counts as dead. This package only carries messages; it decides nothing.
 */
@NullMarked
package org.quorate.agent.link;

import org.jspecify.annotations.NullMarked;
