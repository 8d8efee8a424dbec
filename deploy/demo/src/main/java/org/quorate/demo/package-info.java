/**
 * The demo: a whole cluster on one machine, with real stores and real processes, of which it kills one master and
 * freezes another in the middle of the work, and then proves from the database that nothing was lost or built twice.
 */
@NullMarked
package org.quorate.demo;

import org.jspecify.annotations.NullMarked;
