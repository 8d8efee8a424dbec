/**
 * What stands between Java and the database before any rule does: every statement as a named file, the migrations that
 * make the schema, and a real PostgreSQL that this process starts and stops itself, for the demo and for tests.
 */
@NullMarked
package org.quorate.sql;

import org.jspecify.annotations.NullMarked;
