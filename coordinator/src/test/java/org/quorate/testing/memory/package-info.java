/** Both stores in memory, held to the contracts that the real adapters pass. */
@NullMarked
package org.quorate.testing.memory;

import org.jspecify.annotations.NullMarked;
