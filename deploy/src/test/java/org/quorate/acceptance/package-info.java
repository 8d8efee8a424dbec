/**
 * Tests of the packaged programs as an operator runs them: real agents, shell buildmasters, PostgreSQL and ZooKeeper,
 * each a process of its own, and real faults. The tests assert facts that the database keeps, never how fast something
 * was.
 */
package org.quorate.acceptance;
