/**
 * What the tests of several rooms share.
 */
@NullMarked
package org.quorate.agent.testing;

import org.jspecify.annotations.NullMarked;
