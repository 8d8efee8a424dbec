/**
 * Helpers that the tests of several packages share.
 */
@NullMarked
package org.quorate.agent.testing;

import org.jspecify.annotations.NullMarked;
