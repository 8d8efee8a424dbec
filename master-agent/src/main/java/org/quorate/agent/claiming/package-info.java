/**
 * Claims, completes and releases buildrequests, as many as possible in one transaction; answers the hello of a
 * buildmaster; knows which claims this master holds, and compares them with the database after an outage.
 */
@NullMarked
package org.quorate.agent.claiming;

import org.jspecify.annotations.NullMarked;
