/**
 * {@code quorate rescue}: shows and releases what dead Buildbot masters hold in a database in which Quorate is not
 * installed.
 */
@NullMarked
package org.quorate.cli.rescue;

import org.jspecify.annotations.NullMarked;
