package dev.offpeak.worker.lanes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class EnqueuedLimitTest {

    private static final String SEEN =
            "Enqueued token limit reached for gpt-4o-mini in organization org-1. Limit: 2,000,000"
                    + " enqueued tokens. Please try again once some in_progress batches have been completed.";

    @Test
    void knowsTheMessageThatOpenAiSends() {
        assertThat(EnqueuedLimit.isMeant("token_limit_exceeded", SEEN)).isTrue();
        assertThat(EnqueuedLimit.isMeant(null, SEEN)).isTrue();
        assertThat(EnqueuedLimit.learn(SEEN)).isEqualTo(OptionalLong.of(2_000_000));
    }

    @Test
    void takesNothingElseForIt() {
        assertThat(EnqueuedLimit.isMeant("invalid_request", "no such model")).isFalse();
        assertThat(EnqueuedLimit.isMeant(null, null)).isFalse();
        assertThat(EnqueuedLimit.isMeant("rate_limit_exceeded", "Too many requests. Limit: 50 RPM"))
                .isFalse();
    }

    @Test
    void learnsNothingWhereNothingIsNamed() {
        assertThat(EnqueuedLimit.learn(null)).isEmpty();
        assertThat(EnqueuedLimit.learn("Enqueued token limit reached.")).isEmpty();
        assertThat(EnqueuedLimit.learn("Limit: 0")).isEmpty();
        assertThat(EnqueuedLimit.learn("Limit: 99999999999999999999")).isEmpty();
    }
}
