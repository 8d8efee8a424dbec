package org.quorate.sql;

import java.util.OptionalLong;

/**
 * One thing that is done to a database's schema, told before it is done.
 *
 * @param lock what others wait for meanwhile, in words
 * @param rows about how many rows the table has; empty where none is concerned
 */
public record Step(String what, String lock, OptionalLong rows) {}
