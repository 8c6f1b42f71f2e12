package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArgumentsTest {

    @Test
    void readsWhatIsGivenAndFillsInDefaults() {
        Arguments arguments = Arguments.parse(List.of("--rate", "120", "--error-rate", "0.25", "--webhooks", "yes"));

        assertThat(arguments.whole("rate", 300, 1, 1_000)).isEqualTo(120);
        assertThat(arguments.whole("seconds", 30, 1, 600)).isEqualTo(30);
        assertThat(arguments.share("error-rate", 0)).isEqualTo(0.25);
        assertThat(arguments.yes("webhooks", false)).isTrue();
        assertThat(arguments.used())
                .isEqualTo(Map.of("rate", "120", "seconds", "30", "error-rate", "0.25", "webhooks", "yes"));
    }

    @Test
    void neverShowsAKey() {
        Arguments arguments = Arguments.parse(List.of("--key", "op_secret", "--postgres-password", "pw"));

        arguments.text("key");
        arguments.text("postgres-password", "");

        assertThat(arguments.used()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1001", "many", "-1", "1.5"})
    void refusesNumbersOutsideTheBounds(String rate) {
        Arguments arguments = Arguments.parse(List.of("--rate", rate));

        assertThatExceptionOfType(UsageError.class)
                .isThrownBy(() -> arguments.whole("rate", 300, 1, 1_000))
                .withMessageContaining("--rate is a whole number from 1 to 1000");
    }

    @Test
    void refusesWhatTheCommandDoesNotTake() {
        Arguments arguments = Arguments.parse(List.of("--rate", "1", "--colour", "red"));
        arguments.whole("rate", 300, 1, 1_000);

        assertThatExceptionOfType(UsageError.class)
                .isThrownBy(arguments::refuseOthers)
                .withMessageContaining("unknown option --colour")
                .withMessageContaining("--rate");
    }

    @Test
    void refusesWordsThatAreNoOptions() {
        assertThatExceptionOfType(UsageError.class).isThrownBy(() -> Arguments.parse(List.of("rate", "1")));
        assertThatExceptionOfType(UsageError.class).isThrownBy(() -> Arguments.parse(List.of("--rate")));
        assertThatExceptionOfType(UsageError.class)
                .isThrownBy(() -> Arguments.parse(List.of("--rate", "1", "--rate", "2")));
    }
}
