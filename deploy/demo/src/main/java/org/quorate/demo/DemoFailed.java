package org.quorate.demo;

import org.jspecify.annotations.Nullable;

/** The demo cannot go on; one sentence says what, where and how to mend it. */
final class DemoFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DemoFailed(String sentence) {
        this(sentence, null);
    }

    DemoFailed(String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
    }
}
