package org.quorate.demo.cluster;

import org.jspecify.annotations.Nullable;

/** The demo cannot go on; one sentence says what, where and how to mend it. */
public final class DemoFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DemoFailed(String sentence) {
        this(sentence, null);
    }

    public DemoFailed(String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
    }
}
