package dev.offpeak.worker.lanes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.worker.lanes.batch.Refusal.Remedy;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RefusalTest {

    @Test
    void waitsForTheLimitThatTheMessageNames() {
        assertThat(remedy(
                        "token_limit_exceeded",
                        "Enqueued token limit reached for gpt-4o-mini in organization org-1. Limit: 2,000,000 enqueued tokens.",
                        null))
                .isEqualTo(new Remedy.Wait(OptionalLong.of(2_000_000)));
        assertThat(remedy("token_limit_exceeded", "try again later", null))
                .isEqualTo(new Remedy.Wait(OptionalLong.empty()));
        assertThat(remedy("invalid_request_error", "Your credit balance is too low to access the API", null))
                .isEqualTo(new Remedy.Wait(OptionalLong.empty()));
    }

    @Test
    void takesOutTheLineThatIsNamed() {
        assertThat(remedy("invalid_json_line", "This line is not parseable as valid JSON.", 7))
                .isEqualTo(new Remedy.Drop(7));
    }

    @Test
    void halvesWhatIsTooLargeOrNotUnderstood() {
        assertThat(remedy("too_many_tasks", "too many", null)).isEqualTo(new Remedy.Halve());
        assertThat(remedy(null, "File is too large.", 3)).isEqualTo(new Remedy.Halve());
        assertThat(remedy(null, null, null)).isEqualTo(new Remedy.Halve());
    }

    @Test
    void uploadsAgainWhatTheProviderCannotFind() {
        assertThat(remedy(
                        "invalid_request", "Cannot find file file-1, or organization org-1 does not have access", null))
                .isEqualTo(new Remedy.UploadAgain());
    }

    @Test
    void readsALimitAsANumberAndNotTheWordsAfterIt() {
        assertThat(remedy("token_limit_exceeded", "Limit: 90,000. 5 batches are enqueued", null))
                .isEqualTo(new Remedy.Wait(OptionalLong.of(90_000)));
        assertThat(remedy("token_limit_exceeded", "Limit: 0", null)).isEqualTo(new Remedy.Wait(OptionalLong.empty()));
    }

    @Test
    void callsTheOneLineThatIsLeftWhereNothingIsSaidOfIt() {
        assertThat(Refusal.of("odd", "no", null).remedy(1, 3, true)).isEqualTo(new Remedy.CallDirectly());
    }

    @Test
    void waitsWhereBothHalvesAreRefused() {
        assertThat(Refusal.of("server_error", "oops", null).remedy(50, 1, true)).isEqualTo(new Remedy.Later());
        assertThat(Refusal.of("file_too_large", "oops", null).remedy(50, 1, true))
                .isEqualTo(new Remedy.Halve());
    }

    @Test
    void failsTheOneLineThatIsToBlameAndWhatAllLinesHaveInCommon() {
        assertThat(Refusal.of("odd", "no", 1).remedy(1, 3, false)).isEqualTo(new Remedy.Fail());
        assertThat(Refusal.of("input_too_large", "no", null).remedy(1, 3, false))
                .isEqualTo(new Remedy.Fail());
        assertThat(remedy("model_not_found", "no such model", null)).isEqualTo(new Remedy.Fail());
    }

    @Test
    void letsEachJobLearnForItselfWhereNoSplitHelps() {
        assertThat(Refusal.of("odd", "no", null).remedy(50, Refusal.MOST_SPLITS, false))
                .isEqualTo(new Remedy.CallDirectly());
        assertThat(Refusal.of("token_limit_exceeded", "no", null).remedy(50, Refusal.MOST_SPLITS, false))
                .as("a limit is waited for: who cannot is rescued")
                .isEqualTo(new Remedy.Wait(OptionalLong.empty()));
    }

    @Test
    void hasAWordForEachRemedy() {
        assertThat(new Remedy.CallDirectly().word()).isEqualTo("call_directly");
        assertThat(new Remedy.Halve().word()).isEqualTo("halve");
    }

    private static Remedy remedy(@Nullable String code, @Nullable String message, @Nullable Integer line) {
        return Refusal.of(code, message, line).remedy(50, 0, false);
    }
}
