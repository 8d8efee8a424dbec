/**
 * The agent's configuration: one YAML file as a record of records. Each key is declared as data, with its unit,
 * default, least value and danger.
 */
@NullMarked
package org.quorate.agent.config;

import org.jspecify.annotations.NullMarked;
