/**
 * Configuration: one YAML file, compared with declared keys, with all mistakes reported at once, each with its line and
 * column. A {@link org.quorate.config.Key} is data (type, unit, default, least value, danger), so that the reference
 * table, the known environment variables and the "did you mean" all have the same source. The agent, the shell
 * buildmaster and the contexts of the command read their files with it; it does not know what the keys mean.
 */
@NullMarked
package org.quorate.config;

import org.jspecify.annotations.NullMarked;
