package dev.offpeak.standalone;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.settings.Variable;
import dev.offpeak.shared.testing.PrintedSection;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `docs/configuration.md` names every variable and every property. The table of properties is printed from what the
/// compiler writes about the settings records of all modules. After a change:
/// `-Dtest=ConfigurationPageTest -Doffpeak.docs.write=true`.
class ConfigurationPageTest {

    private static final Path PAGE = Path.of("..", "..", "docs", "configuration.md");

    @Test
    void namesEveryVariable() throws IOException {
        String page = Files.readString(PAGE);

        assertThat(Arrays.stream(Variable.values()).map(variable -> "| `" + variable + "` |"))
                .allSatisfy(row -> assertThat(page).contains(row));
    }

    @Test
    void saysWhichPropertyAVariableSets() throws IOException {
        new PrintedSection(PAGE, "variables")
                .assertSays("""
                | variable | property |
                |---|---|
                """
                        + Arrays.stream(Variable.values())
                                .map(variable -> "| `%s` | `%s` |\n".formatted(variable, variable.property()))
                                .collect(joining()));
    }

    @Test
    void namesEveryProperty() throws IOException {
        new PrintedSection(PAGE, "properties").assertSays(table());
    }

    private static String table() throws IOException {
        var rows = new TreeMap<String, String>();
        for (URL metadata : Collections.list(Thread.currentThread()
                .getContextClassLoader()
                .getResources("META-INF/spring-configuration-metadata.json"))) {
            try (var content = metadata.openStream()) {
                for (JsonNode property : JsonMapper.shared().readTree(content).path("properties")) {
                    String name = property.path("name").asString();
                    if (name.startsWith("offpeak.")) {
                        rows.put(name, row(name, property));
                    }
                }
            }
        }
        assertThat(rows).as("properties of all modules").containsKeys("offpeak.secret-key", "offpeak.engine.workers");
        return rows.values().stream()
                .collect(joining("", "| property | type | default | meaning |\n|---|---|---|---|\n", ""));
    }

    private static String row(String name, JsonNode property) {
        String meaning = property.path("description").asString("");
        assertThat(meaning).as("the @param that says what %s means", name).isNotBlank();
        return "| `%s` | %s | %s | %s |\n"
                .formatted(name, type(property), preset(property), meaning.replace("|", "\\|"));
    }

    private static String type(JsonNode property) {
        String type = property.path("type").asString("");
        String simple = type.replaceAll("[a-z0-9]+\\.", "").replace('$', '.');
        return simple.replace("Integer", "integer")
                .replace("Boolean", "boolean")
                .replace("Duration", "duration")
                .replace("String", "text")
                .replace("InetAddress", "address")
                .replace("URI", "URL")
                .replaceAll("List<(.*)>", "list of $1");
    }

    private static String preset(JsonNode property) {
        JsonNode value = property.path("defaultValue");
        String text = value.isArray()
                ? value.valueStream().map(JsonNode::asString).collect(Collectors.joining(","))
                : value.asString("");
        return text.isEmpty() ? "none" : "`" + text + "`";
    }
}
