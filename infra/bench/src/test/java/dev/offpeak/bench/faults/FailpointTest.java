package dev.offpeak.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.bench.UsageError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailpointTest {

    private static final Path ROOT = Path.of("..", "..");

    @Test
    void readsEveryPlaceThatOffpeakNames() {
        List<String> named = Failpoint.all(ROOT).stream().map(Failpoint::wire).toList();

        assertThat(named)
                .doesNotHaveDuplicates()
                .contains("submit.written", "call.answered", "cost-settled.written")
                .doesNotContain(Failpoint.SHARED_LEADERSHIP);
    }

    @Test
    void takesANewPlaceForOneThatWorkersComeTo(@TempDir Path root) throws IOException {
        Path source = root.resolve("shared-module/src/main/java/dev/offpeak/shared/failpoints/Failpoint.java");
        Files.createDirectories(source.getParent());
        Files.writeString(source, """
                public enum Failpoint {
                    /// The first.
                    SUBMIT_WRITTEN("submit.written"),
                    NOT_YET("not.yet"),
                    LEADERSHIP_SHARED("leadership.shared", true);
                """);

        assertThat(Failpoint.all(root))
                .containsExactly(
                        Failpoint.named("submit.written"),
                        new Failpoint("not.yet", Member.Role.WORKER, false, 1, false));
    }

    @Test
    void doesNotTakeAnEmptyListForAnAnswer(@TempDir Path root) throws IOException {
        Path source = root.resolve("shared-module/src/main/java/dev/offpeak/shared/failpoints/Failpoint.java");
        Files.createDirectories(source.getParent());
        Files.writeString(source, "public enum Failpoint {}");

        assertThatThrownBy(() -> Failpoint.all(root)).isInstanceOf(UsageError.class);
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
