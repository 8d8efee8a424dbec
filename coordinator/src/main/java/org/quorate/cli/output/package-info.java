/**
 * The output of {@code quorate}: tables, JSON, values as text that is safe for a terminal, exit codes, and the console.
 */
@NullMarked
package org.quorate.cli.output;

import org.jspecify.annotations.NullMarked;
