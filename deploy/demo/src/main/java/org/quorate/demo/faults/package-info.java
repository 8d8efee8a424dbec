/** The faults of a run: which master is killed, which one is frozen, and where their work went. */
@NullMarked
package org.quorate.demo.faults;

import org.jspecify.annotations.NullMarked;
