package dev.offpeak.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// `docs/operations.md` has a heading for each alarm and none for one that does not exist, and names only metrics and
/// properties that there are.
class OperationsPageTest {

    private static final Path ROOT = Path.of("..", "..");

    private final String page = read("docs/operations.md");

    @Test
    void saysWhatToDoAtEachAlarm() {
        assertThat(all("(?m)^### (Offpeak\\w+)$", page))
                .containsExactlyElementsOf(all("(?m)^ *- alert: (\\w+)$", read("infra/prometheus/offpeak-alerts.yml")));
    }

    @Test
    void namesOnlyMetricsThatThereAre() {
        var printed = read("docs/metrics.md");

        assertThat(all("`(offpeak_[a-z_]+)`", page))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(printed).contains("`" + name + "`"));
    }

    @Test
    void namesOnlyPropertiesThatThereAre() {
        var printed = read("docs/configuration.md");

        assertThat(all("`(offpeak\\.[a-z.-]+)`", page))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(printed).contains("`" + name));
    }

    private static List<String> all(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    private static String read(String path) {
        try {
            return Files.readString(ROOT.resolve(path));
        } catch (IOException e) {
            throw new AssertionError("cannot be read: " + path, e);
        }
    }
}
