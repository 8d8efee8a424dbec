/**
 * The packaged programs as an operator runs them: real agents, shell buildmasters, PostgreSQL and ZooKeeper, each its
 * own process, and real faults. What is asserted are facts that the database keeps, never how fast something went.
 */
package org.quorate.acceptance;
