/**
 * What an agent shows of itself: health for supervisors and load balancers, metrics for Prometheus and JMX, and its state
 * as JSON. It only reads one immutable picture and never waits for the work of a loop.
 */
@NullMarked
package org.quorate.agent.status;

import org.jspecify.annotations.NullMarked;
