/**
 * What stands between Java and the database before any rule does: every statement as a named file, and the migrations that
 * make the schema.
 */
@NullMarked
package org.quorate.sql;

import org.jspecify.annotations.NullMarked;
