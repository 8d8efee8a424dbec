package org.quorate.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands in a document that its reader is to type. */
final class Documented {
    static final Path ROOT = Path.of("..");

    /** The names of programs. Code in a sentence that begins with one of them counts as a command. */
    private static final Pattern COMMAND =
            Pattern.compile("(?s)(sudo|quorate|quorate-agent|deploy/[a-z-]+|mvn|apt-get|dpkg|"
                    + "ssh|systemctl|journalctl|psql|createdb|buildbot|buildbot-worker|pip|(?:/usr/bin/)?python3|"
                    + "kill|curl|zkCli\\.sh) .+");

    private static final Pattern PIECE = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$|`([^`]+)`");

    private Documented() {}

    /** Returns each line of each {@code sh} block, and each command in a sentence, in their order. */
    static List<String> commands(String document) {
        List<String> commands = new ArrayList<>();
        Matcher piece = PIECE.matcher(text(document));
        while (piece.find()) {
            if (piece.group(3) != null) {
                String code = piece.group(3).replaceAll("\\s+", " ");
                if (COMMAND.matcher(code).matches()) {
                    commands.add(code);
                }
            } else if (piece.group(1).equals("sh")) {
                piece.group(2)
                        .replace("\\\n", " ")
                        .lines()
                        .map(line -> line.replaceFirst("^\\$ ", "").strip())
                        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                        .forEach(commands::add);
            }
        }
        return commands;
    }

    /** Returns the content of the last block of this language that begins before these words of the document. */
    static String block(String document, String words, String language) {
        String text = text(document);
        String fence = "```" + language + "\n";
        int begin = text.lastIndexOf(fence, text.indexOf(words)) + fence.length();
        return text.substring(begin, text.indexOf("```", begin));
    }

    static String text(String document) {
        try {
            return Files.readString(ROOT.resolve(document));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
