/**
 * The agent's configuration: one YAML file as a record of records, its keys as data with unit, default, least value and
 * danger.
 */
@NullMarked
package org.quorate.agent.config;

import org.jspecify.annotations.NullMarked;
