/**
 * {@code quorate schema}: creates, adopts, upgrades and removes the schema of Quorate.
 */
@NullMarked
package org.quorate.cli.schema;

import org.jspecify.annotations.NullMarked;
