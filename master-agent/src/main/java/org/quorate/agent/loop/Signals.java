package org.quorate.agent.loop;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * Handles every signal of the operating system; a shutdown hook would get only the first. It uses reflection, since the
 * compiler warns about {@code sun.misc.Signal}, which exists since Java 1.2 and has no successor.
 */
public final class Signals {
    private Signals() {}

    /** Runs the action, on a thread of the JVM, at each signal of this name ({@code TERM}, {@code INT}). */
    public static void on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler calls = (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                    action.run();
                }
                return null;
            };
            Object listener = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, calls);
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), listener);
        } catch (ReflectiveOperationException e) {
            Runtime.getRuntime().addShutdownHook(new Thread(action, "quorate-signal"));
        }
    }
}
