/** The limits that keep the code readable; each test gives the reason for its limit. */
@NullMarked
package org.quorate.limits;

import org.jspecify.annotations.NullMarked;
