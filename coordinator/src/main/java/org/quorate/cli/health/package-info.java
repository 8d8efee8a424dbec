/** Reads the picture of the cluster for {@link org.quorate.health.Health}, and shows what the cluster cannot do. */
@NullMarked
package org.quorate.cli.health;

import org.jspecify.annotations.NullMarked;
