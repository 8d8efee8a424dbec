/**
 * Schedulers: which master should own which scheduler, when ownership moves, and the port through which terms and ticks
 * are committed. Pure rules; the adapters are in other packages.
 */
@NullMarked
package org.quorate.scheduler;

import org.jspecify.annotations.NullMarked;
