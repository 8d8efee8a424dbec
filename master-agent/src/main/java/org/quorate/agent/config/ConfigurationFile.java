package org.quorate.agent.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.quorate.config.ConfigurationErrors;
import org.quorate.config.Mistake;
import org.quorate.config.Values;
import org.quorate.config.YamlFile;

/** Tells whose file it is by the keys at its root, and reads it so. */
final class ConfigurationFile {
    private ConfigurationFile() {}

    static Values read(Path file, Map<String, String> environment) {
        YamlFile yaml = YamlFile.read(file);
        if (yaml.has("builders") && !yaml.has("cluster") && !yaml.has("zookeeper")) {
            throw new ConfigurationErrors(
                    List.of(
                            new Mistake(
                                    file.toString(),
                                    "builders",
                                    "is for a shell buildmaster: quorate-agent shell-buildmaster --config FILE checks it as it starts")));
        }
        return yaml.values(AgentKeys.ALL, environment);
    }
}
