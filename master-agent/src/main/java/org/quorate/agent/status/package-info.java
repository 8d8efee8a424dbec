/**
 * Shows the agent to the outside: health for supervisors and load balancers, metrics for Prometheus and JMX, and its
 * state as JSON. It only reads one immutable snapshot and never waits for a loop.
 */
@NullMarked
package org.quorate.agent.status;

import org.jspecify.annotations.NullMarked;
