package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoopbackTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"http://127.0.0.1:8080", "http://127.0.0.7:1", "http://localhost:8080/", "http://[::1]:8080"})
    void takesThisMachine(String url) {
        assertThat(Loopback.require(url).getPort()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://10.0.0.1:8080", "http://192.0.2.1", "http://0.0.0.0:80", "ftp://127.0.0.1", "8080", "::"
            })
    void refusesEverythingElse(String url) {
        assertThatExceptionOfType(UsageError.class).isThrownBy(() -> Loopback.require(url));
    }

    @Test
    void holdsDatabasesToTheSame() {
        assertThat(Loopback.requireJdbc("jdbc:postgresql://127.0.0.1:5433/offpeak"))
                .endsWith("/offpeak");
        assertThatExceptionOfType(UsageError.class)
                .isThrownBy(() -> Loopback.requireJdbc("jdbc:postgresql://192.0.2.1:5432/offpeak"));
        assertThatExceptionOfType(UsageError.class).isThrownBy(() -> Loopback.requireJdbc("postgres://127.0.0.1/x"));
    }
}
