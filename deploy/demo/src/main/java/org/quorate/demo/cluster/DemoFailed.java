package org.quorate.demo.cluster;

import org.jspecify.annotations.Nullable;

/** The demo cannot go on. The message is one sentence: what happened, where, and how to mend it. */
public final class DemoFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DemoFailed(String sentence) {
        this(sentence, null);
    }

    public DemoFailed(String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
    }
}
