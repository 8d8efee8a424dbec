/** The command {@code quorate config}, which checks and shows each of Quorate's configuration files. */
@NullMarked
package org.quorate.agent.check;

import org.jspecify.annotations.NullMarked;
