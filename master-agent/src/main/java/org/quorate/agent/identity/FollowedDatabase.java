package org.quorate.agent.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;
import org.quorate.identity.DatabaseView;
import org.quorate.identity.Followed;
import org.quorate.identity.IdentityRules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database that the cluster uses, as far as this agent knows. It decides about each new session, and is kept in the
 * state directory, so that a restarted agent knows a former primary even without ZooKeeper. Thread-safe.
 */
public final class FollowedDatabase {
    private static final Logger LOG = LoggerFactory.getLogger(FollowedDatabase.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private volatile Optional<Followed> current;
    private volatile Optional<Followed> kept;
    private volatile boolean ahead;
    private volatile Runnable onAhead = () -> {};

    /** Reads what an earlier agent kept in this directory. */
    public FollowedDatabase(Path directory) {
        this.file = directory.resolve("database.json");
        this.kept = read();
        this.current = kept;
    }

    Optional<Followed> current() {
        return current;
    }

    /** Returns the identity of the database; empty while it is not known. Any thread. */
    public Optional<UUID> uuid() {
        return current.map(Followed::database);
    }

    void set(Followed now) {
        current = Optional.of(now);
    }

    /** Sets the listener that is called when a session finds the database ahead of what the cluster follows. */
    public void onAhead(Runnable listener) {
        onAhead = listener;
    }

    /** Returns whether a session has found the database ahead since the last call. */
    boolean takeAhead() {
        boolean was = ahead;
        ahead = false;
        return was;
    }

    /** Returns why a session may not use this database; empty if it may. Any thread. */
    public Optional<String> objectionToWork(DatabaseView view) {
        Optional<String> objection = IdentityRules.objectionToWork(view, current);
        if (objection.isPresent() && objection(view).isEmpty()) {
            ahead = true;
            onAhead.run();
        }
        return objection;
    }

    /** Returns why not even a session that follows a promotion may use this database; empty if it may. Any thread. */
    public Optional<String> objection(DatabaseView view) {
        return IdentityRules.objection(view, current);
    }

    /** Keeps the database for the next agent. A file that cannot be written is no reason to stop. */
    void keep() {
        Optional<Followed> now = current;
        if (now.isEmpty() || now.equals(kept)) {
            return;
        }
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.writeString(
                    fresh,
                    JSON.createObjectNode()
                            .put("cluster", now.get().cluster().toString())
                            .put("database", now.get().database().toString())
                            .toString());
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            kept = now;
        } catch (IOException e) {
            LOG.warn(
                    "{} cannot be written ({}): a restarted agent will wait for the others after a promotion",
                    file,
                    e.getMessage());
        }
    }

    private Optional<Followed> read() {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode json = JSON.readTree(file.toFile());
            return Optional.of(new Followed(
                    UUID.fromString(json.required("cluster").asText()),
                    UUID.fromString(json.required("database").asText())));
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("{} cannot be read and is ignored: {}", file, e.getMessage());
            return Optional.empty();
        }
    }
}
