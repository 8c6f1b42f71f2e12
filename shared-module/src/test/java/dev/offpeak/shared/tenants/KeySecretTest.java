package dev.offpeak.shared.tenants;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class KeySecretTest {

    @Test
    void carriesItsOwnChecksum() {
        var key = KeySecret.random(new SecureRandom()).reveal();

        assertThat(key).matches("offpeak_[0-9A-Za-z]{38}");
        assertThat(KeySecret.of(key).mistyped()).isFalse();
        char other = key.charAt(20) == 'x' ? 'y' : 'x';
        assertThat(KeySecret.of(key.substring(0, 20) + other + key.substring(21))
                        .mistyped())
                .isTrue();
    }

    @Test
    void letsABootstrapKeyBeWhateverItIs() {
        assertThat(KeySecret.of("a-key-of-the-operators-own-making").mistyped()).isFalse();
        assertThat(KeySecret.of("offpeak_short").mistyped()).isFalse();
    }

    @Test
    void hidesItself() {
        assertThat(KeySecret.of("a-key-of-the-operators-own-making")).hasToString("hidden");
    }
}
