/**
 * The statements and the migrations: loads each statement from a named file, and creates, updates or removes the
 * schema.
 */
@NullMarked
package org.quorate.sql;

import org.jspecify.annotations.NullMarked;
