package org.quorate.agent.status;

/** An HTTP answer: a status code, a type, and a text that ends with a line feed. */
record Answer(int code, String type, String body) {
    private static final String TEXT = "text/plain; charset=utf-8";

    static Answer text(int code, String line) {
        return new Answer(code, TEXT, line + "\n");
    }

    /** Returns an answer with status 200 or 503, which probes and load balancers understand. */
    static Answer verdict(boolean good, String line) {
        return text(good ? 200 : 503, line);
    }
}
