/**
 * What the cluster cannot do now: one pure rule over one picture of it, for everybody who reports the cluster's health.
 */
@NullMarked
package org.quorate.health;

import org.jspecify.annotations.NullMarked;
