package org.quorate.sql;

import java.util.OptionalLong;

/**
 * One change of a database's schema, described before it is made.
 *
 * @param lock the lock for which others wait meanwhile, in words
 * @param rows about how many rows the table has; empty if no table is concerned
 */
public record Step(String what, String lock, OptionalLong rows) {}
