package org.quorate.agent.link;

/** An error that is sent over the link: a code and one sentence. */
public final class LinkError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The line is not JSON. */
    public static final int NOT_JSON = -32700;
    /** The line is JSON, but not one JSON-RPC 2.0 message. */
    public static final int NOT_A_MESSAGE = -32600;

    public static final int UNKNOWN_METHOD = -32601;
    public static final int BAD_PARAMS = -32602;
    /** A fault of the program that answers. */
    public static final int INTERNAL = -32603;
    /** The request could not be done now; send it again later. */
    public static final int NOT_NOW = -32000;
    /** The authority or the term is not current any more; do not send the request again. */
    public static final int FENCED = -32001;
    /** A message came before {@code hello}, or a second {@code hello} came. */
    public static final int OUT_OF_ORDER = -32002;
    /** Another buildmaster is connected. */
    public static final int OCCUPIED = -32003;
    /** The protocol version of {@code hello} is not supported. */
    public static final int UNSUPPORTED_PROTOCOL = -32004;
    /** Never sent: the link closed before the answer arrived, so that the outcome is unknown. */
    public static final int LINK_LOST = 0;

    private final int code;

    public LinkError(int code, String sentence) {
        super(sentence, null, false, false);
        this.code = code;
    }

    public int code() {
        return code;
    }

    public String sentence() {
        return String.valueOf(getMessage());
    }

    static LinkError badParams(String sentence) {
        return new LinkError(BAD_PARAMS, sentence);
    }
}
