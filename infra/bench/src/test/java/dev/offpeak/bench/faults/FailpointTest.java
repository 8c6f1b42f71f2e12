package dev.offpeak.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class FailpointTest {

    private static final Path OFFPEAKS_OWN =
            Path.of("..", "..", "shared-module/src/main/java/dev/offpeak/shared/failpoints/Failpoint.java");

    @Test
    void listsEveryPlaceThatOffpeakNames() throws IOException {
        var named = new ArrayList<String>();
        Pattern.compile("^    [A-Z_]+\\(\"([a-z.-]+)\"(?:, true)?\\)[,;]$", Pattern.MULTILINE)
                .matcher(Files.readString(OFFPEAKS_OWN))
                .results()
                .forEach(found -> named.add(found.group(1)));

        assertThat(Failpoint.ALL).extracting(Failpoint::wire).doesNotHaveDuplicates();
        assertThat(named)
                .as("what Offpeak names and the fault run ends processes at")
                .contains(Failpoint.SHARED_LEADERSHIP)
                .filteredOn(name -> !name.equals(Failpoint.SHARED_LEADERSHIP))
                .containsExactlyInAnyOrderElementsOf(
                        Failpoint.ALL.stream().map(Failpoint::wire).toList());
    }

    @Test
    void armsWithTheSecondSwitch() {
        assertThat(Failpoint.environment("call.begun=halt@7"))
                .containsEntry("OFFPEAK_FAILPOINTS", "call.begun=halt@7")
                .containsEntry("OFFPEAK_FAILPOINTS_ONLY_FOR_TESTS", "true");
    }

    @Test
    void armsALeadersPointTogetherWithLeadership() {
        assertThat(Failpoint.named("expiry.written").armed(2)).isEqualTo("expiry.written=halt@2,leadership.shared=on");
        assertThat(Failpoint.named("call.begun").armed(7)).isEqualTo("call.begun=halt@7");
    }
}
