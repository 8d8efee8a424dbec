/** Named stops of a builder, a master or everything, and the commands that set, list and lift them. */
@NullMarked
package org.quorate.cli.hold;

import org.jspecify.annotations.NullMarked;
