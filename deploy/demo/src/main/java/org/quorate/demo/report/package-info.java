/** What the run prints: the live view, and the account at the end. */
@NullMarked
package org.quorate.demo.report;

import org.jspecify.annotations.NullMarked;
