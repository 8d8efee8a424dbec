/**
 * The command {@code quorate}, the operator's program. It reads the public views of {@code quorate_v1}, changes things
 * only through its functions, and asks ZooKeeper only which masters seem alive. Each command is one file. Other
 * packages use this package only through {@link org.quorate.cli.Extension} and {@link org.quorate.cli.Main}.
 */
@NullMarked
package org.quorate.cli;

import org.jspecify.annotations.NullMarked;
