package org.quorate.faults;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The agents' answers to the completions of their buildmasters, from the journals. */
final class Answers {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Answer> all = new ArrayList<>();

    /** @param word OK, REFUSED, UNKNOWN or DROPPED */
    record Answer(int brid, String attempt, String word) {
        String key() {
            return brid + " " + attempt;
        }
    }

    static Answers of(List<Machine> machines) {
        Answers answers = new Answers();
        machines.forEach(machine -> answers.read(machine.journal()));
        return answers;
    }

    private void read(Path journal) {
        try {
            if (Files.exists(journal)) {
                new String(Files.readAllBytes(journal), StandardCharsets.UTF_8)
                        .lines()
                        .map(Answers::parsed)
                        .filter(line -> line.path("of").asText().equals("complete"))
                        .forEach(line -> all.add(new Answer(
                                line.path("brid").asInt(),
                                line.path("attempt").asText(),
                                line.path("answer").asText())));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The last line may be incomplete if the buildmaster was killed. */
    private static JsonNode parsed(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    List<Answer> that(String word) {
        return all.stream().filter(answer -> answer.word.equals(word)).toList();
    }
}
