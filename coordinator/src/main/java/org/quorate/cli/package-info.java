/**
 * The command {@code quorate}: what an operator sees and does. It reads the public views of {@code quorate_v1}, changes
 * things only through its functions, and asks ZooKeeper only for who seems alive. One command is one file; nobody depends
 * on this package but through {@link org.quorate.cli.Extension} and {@link org.quorate.cli.Main}.
 */
@NullMarked
package org.quorate.cli;

import org.jspecify.annotations.NullMarked;
