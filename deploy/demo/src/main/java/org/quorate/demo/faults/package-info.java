/** What happens to the masters during a run: which one is killed, which one is frozen, and what became of its work. */
@NullMarked
package org.quorate.demo.faults;

import org.jspecify.annotations.NullMarked;
