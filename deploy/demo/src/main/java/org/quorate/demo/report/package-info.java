/** The output of a run: the live view, and the summary at the end. */
@NullMarked
package org.quorate.demo.report;

import org.jspecify.annotations.NullMarked;
