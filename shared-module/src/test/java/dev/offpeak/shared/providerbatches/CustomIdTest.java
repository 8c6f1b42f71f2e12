package dev.offpeak.shared.providerbatches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.ProviderBatchId;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CustomIdTest {

    private static final ProviderBatchId BATCH = new ProviderBatchId(new UUID(0x0192_0000_0000_7000L, 42));

    @Test
    void isReadBackAsItWasWritten() {
        var id = new CustomId(BATCH, 50_000);

        assertThat(CustomId.parse(id.toString())).contains(id);
        assertThat(id.toString()).matches("[A-Za-z0-9_-]{1,64}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "r1", "r1-1", "-1", "pb_-1"})
    void isNotReadFromWhatWeNeverGaveOut(String text) {
        assertThat(CustomId.parse(text)).isEmpty();
    }

    @Test
    void hasOneSpelling() {
        String id = new CustomId(BATCH, 7).toString();

        assertThat(CustomId.parse(id.replace("-7", "-07"))).isEmpty();
        assertThat(CustomId.parse(id.toUpperCase(Locale.ROOT))).isEmpty();
        assertThat(CustomId.parse(id + "0000000000")).isEmpty();
        assertThat(CustomId.parse(id.replace("-7", "-"))).isEmpty();
    }
}
