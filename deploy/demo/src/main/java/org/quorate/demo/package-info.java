/**
 * The demo: a whole cluster on one machine, with real stores and real processes. It kills one master and freezes
 * another while they work, and then checks, from the database and from what the builds wrote, that nothing was lost and
 * nothing was completed twice.
 */
@NullMarked
package org.quorate.demo;

import org.jspecify.annotations.NullMarked;
