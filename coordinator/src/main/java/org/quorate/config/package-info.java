/**
 * Configuration: one YAML file, read against declared keys, with every mistake told at once and at its line and
 * column. A
 * {@link org.quorate.config.Key} is data (type, unit, default, least value, danger), so that the reference table, the
 * known environment variables and the "did you mean" all come from the same place. The agent, the shell buildmaster and
 * the command's contexts read their files with it; it knows nothing of what the keys mean.
 */
@NullMarked
package org.quorate.config;

import org.jspecify.annotations.NullMarked;
