package dev.offpeak.worker.lanes.batch;

import java.util.Locale;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Why a provider refused a batch as a whole, as far as its words say.
///
/// @param code the provider's own, `refused` where it gave none
/// @param line of the input that it named, from 1
record Refusal(String code, String message, @Nullable Integer line) {

    /// Splits that isolate one line of 50,000; whoever needs more is looking for something else.
    static final int MOST_SPLITS = 16;

    private static final Set<String> TOO_LARGE =
            Set.of("too_many_tasks", "file_too_large", "request_too_large", "too_many_requests_in_batch");

    static Refusal of(@Nullable String code, @Nullable String message, @Nullable Integer line) {
        return new Refusal(
                Objects.requireNonNullElse(code, "refused"),
                Objects.requireNonNullElse(message, "the provider refused the batch"),
                line);
    }

    /// What to do about it.
    sealed interface Remedy {

        /// For metrics.
        default String word() {
            return getClass().getSimpleName().replaceAll("(?<=.)([A-Z])", "_$1").toLowerCase(Locale.ROOT);
        }

        /// The same lines after a pause, in smaller batches where one alone is above the limit.
        record Wait(OptionalLong limit) implements Remedy {}

        /// Two batches of half the size: it was too large, or nobody knows which line is to blame.
        record Halve() implements Remedy {}

        /// The line is to blame, all others go on.
        record Drop(int line) implements Remedy {}

        /// The provider has lost our file: the same lines as a new one.
        record UploadAgain() implements Remedy {}

        /// Nobody knows why, and all of it was refused: the same lines after a pause.
        record Later() implements Remedy {}

        /// Split often enough, or one line of which nothing is said: each job learns for itself what is
        /// wrong with it.
        record CallDirectly() implements Remedy {}

        /// There is one line, and it is said to be to blame; or it is what all of them have in common.
        record Fail() implements Remedy {}
    }

    /// @param lines that the batch still has
    /// @param splits how often it was split already
    /// @param siblingToo whether its other half was refused for the same reason: no single line is to blame
    Remedy remedy(int lines, int splits, boolean siblingToo) {
        if (ofAll()) {
            return new Remedy.Fail();
        }
        if (quota()) {
            return new Remedy.Wait(EnqueuedLimit.learn(message)); // however often: who cannot wait is rescued
        }
        if (splits >= MOST_SPLITS) {
            return new Remedy.CallDirectly();
        }
        if (message.startsWith("Cannot find file")) {
            return new Remedy.UploadAgain();
        }
        if (lines <= 1) {
            return line == null && !tooLarge() ? new Remedy.CallDirectly() : new Remedy.Fail();
        }
        if (line != null && !tooLarge()) {
            return new Remedy.Drop(line);
        }
        return siblingToo && !tooLarge() ? new Remedy.Later() : new Remedy.Halve();
    }

    private boolean ofAll() {
        return code.equals("model_not_found") || code.equals("invalid_endpoint");
    }

    private boolean quota() {
        String words = message.toLowerCase(Locale.ROOT);
        return EnqueuedLimit.isMeant(code, message)
                || code.equals("billing_hard_limit_reached")
                || code.contains("rate_limit")
                || words.contains("credit balance is too low");
    }

    private boolean tooLarge() {
        String words = message.toLowerCase(Locale.ROOT);
        return TOO_LARGE.contains(code)
                || code.equals("input_too_large")
                || words.contains("too large")
                || words.contains("maximum size");
    }
}
