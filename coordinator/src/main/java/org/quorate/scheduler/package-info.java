/**
 * Schedulers: which master should own which, when ownership moves, and the port through which terms and ticks are
 * committed. Pure rules; the adapters are elsewhere.
 */
@NullMarked
package org.quorate.scheduler;

import org.jspecify.annotations.NullMarked;
