package dev.offpeak.shared.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class SecretBoxTest {

    private final SecretBox box = new SecretBox("a main key of more than 24", new SecureRandom());

    @Test
    void opensWhatItSealed() {
        var sealed = box.seal("whsec_ä", "webhook:1");

        assertThat(box.open(sealed, "webhook:1")).isEqualTo("whsec_ä");
    }

    @Test
    void opensAfterARestartWithTheSameKey() {
        var restarted = new SecretBox("a main key of more than 24", new SecureRandom());

        assertThat(restarted.open(box.seal("secret", "c"), "c")).isEqualTo("secret");
    }

    @Test
    void neverSealsTwiceAlike() {
        assertThat(box.seal("secret", "c")).isNotEqualTo(box.seal("secret", "c"));
    }

    @Test
    void refusesAnotherContext() {
        var sealed = box.seal("secret", "webhook:1");

        assertThatThrownBy(() -> box.open(sealed, "webhook:2")).isInstanceOf(UnreadableSecret.class);
    }

    @Test
    void namesTheVariableWhereTheKeyIsAnother() {
        var sealed = box.seal("secret", "c");
        var other = new SecretBox("another key of more than 24", new SecureRandom());

        assertThatThrownBy(() -> other.open(sealed, "c"))
                .isInstanceOf(UnreadableSecret.class)
                .hasMessageContaining("OFFPEAK_SECRET_KEY");
    }

    @Test
    void refusesEveryChangedOrMissingByte() {
        var sealed = box.seal("secret", "c");

        for (int i = 0; i < sealed.length; i++) {
            var changed = sealed.clone();
            changed[i] ^= 1;
            assertThatThrownBy(() -> box.open(changed, "c")).isInstanceOf(UnreadableSecret.class);
            var cut = java.util.Arrays.copyOf(sealed, i);
            assertThatThrownBy(() -> box.open(cut, "c")).isInstanceOf(UnreadableSecret.class);
        }
    }

    @Test
    void startsOnlyWithAKeyLongEnough() {
        var runner =
                new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SecretsConfiguration.class));

        runner.run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOf(MissingSecretKey.class)
                .hasMessageContaining("OFFPEAK_SECRET_KEY"));
        runner.withPropertyValues("offpeak.secret-key=" + "x".repeat(23))
                .run(context -> assertThat(context).hasFailed());
        runner.withPropertyValues("offpeak.secret-key=" + "x".repeat(24))
                .run(context -> assertThat(context).hasSingleBean(SecretBox.class));
    }

    @Test
    void saysWhatToDoWhereTheKeyIsMissing() {
        var analysis = new MissingSecretKeyAnalyzer().analyze(new IllegalStateException(new MissingSecretKey()));

        assertThat(analysis).isNotNull();
        assertThat(analysis.getDescription()).contains("OFFPEAK_SECRET_KEY");
    }
}
